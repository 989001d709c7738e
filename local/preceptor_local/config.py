"""With which flags and files each part of the cluster runs (every choice that differs from a default says why)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from preceptor_local import plan
from preceptor_local.plan import Plan

DAEMONS = (
    "containerd",
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "coredns",
)
"""Every daemon of a healthy cluster, in the order of their start."""

ETCD_URL = "http://127.0.0.1:2379"
"""Without TLS: loopback of the node's own network namespace, which no pod and no other program shares."""

PAUSE_IMAGE = "localhost/pause:1"

_CONTAINERD = """version = 2
root = "{state}/containerd/root"
state = "{state}/containerd/run"
disabled_plugins = [{disabled}]
[grpc]
  address = "{state}/containerd.sock"
[ttrpc]
  address = "{state}/containerd.ttrpc"
[plugins."io.containerd.internal.v1.opt"]
  path = "{state}/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  # a machine that is a container itself may not let a score be lowered
  restrict_oom_score_adj = true
  sandbox_image = "{pause}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{cni}"
    conf_dir = "{state}/cni/conf"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
"""

_UNUSED_PLUGINS = (
    "io.containerd.snapshotter.v1.aufs",
    "io.containerd.snapshotter.v1.btrfs",
    "io.containerd.snapshotter.v1.devmapper",
    "io.containerd.snapshotter.v1.zfs",
    "io.containerd.internal.v1.tracing",
    "io.containerd.tracing.processor.v1.otlp",
)

_COREFILE = """.:53 {{
  bind {address}
  errors
  kubernetes cluster.local in-addr.arpa {{
    kubeconfig {kubeconfig} {context}
    pods insecure
    ttl 2
  }}
  cache 2
}}
"""


def files(network: Plan, cni_plugins: Path) -> dict[str, str]:
    """Every configuration file, by its path under the state folder."""
    state = network.state
    containerd = _CONTAINERD.format(
        state=state, pause=PAUSE_IMAGE, cni=cni_plugins, disabled=", ".join(f'"{name}"' for name in _UNUSED_PLUGINS)
    )
    corefile = _COREFILE.format(
        address=plan.NODE_ADDRESS, kubeconfig=state / "coredns.kubeconfig", context=plan.NODE_NAME
    )
    return {
        "containerd.toml": containerd,
        "cni/conf/10-pods.conflist": json.dumps(_cni(state)),
        "kubelet.yaml": yaml.safe_dump(_kubelet(network), sort_keys=False),
        "kube-proxy.yaml": yaml.safe_dump(_kube_proxy(state), sort_keys=False),
        "Corefile": corefile,
    }


def _cni(state: Path) -> dict[str, object]:
    return {
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [
            {
                "type": "bridge",
                "bridge": plan.BRIDGE,
                "isGateway": True,
                "hairpinMode": True,
                "ipMasq": False,
                "ipam": {
                    "type": "host-local",
                    "dataDir": str(state / "cni" / "addresses"),
                    "ranges": [[{"subnet": plan.POD_RANGE}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            }
        ],
    }


def _kubelet(network: Plan) -> dict[str, object]:
    state = network.state
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": plan.NODE_ADDRESS,
        "healthzBindAddress": "127.0.0.1",
        "failSwapOn": False,
        "failCgroupV1": False,
        "cgroupDriver": "cgroupfs",
        # all containers under one cgroup of our own name, which teardown can find whatever happened
        "cgroupsPerQOS": True,
        "cgroupRoot": f"/{network.cgroup}",
        "enforceNodeAllocatable": [],
        "containerRuntimeEndpoint": f"unix://{state}/containerd.sock",
        "tlsCertFile": str(state / "pki" / "kubelet.crt"),
        "tlsPrivateKeyFile": str(state / "pki" / "kubelet.key"),
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(state / "pki" / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "clusterDomain": "cluster.local",
        "clusterDNS": [plan.NODE_ADDRESS],
        # the machine's own resolver is of no use to pods that have no way out
        "resolvConf": "",
        "localStorageCapacityIsolation": False,
        "makeIPTablesUtilChains": False,
        "podLogsDir": str(state / "pod-logs"),
        "volumePluginDir": str(state / "kubelet" / "volume-plugins"),
        # images are loaded, not pulled: one that the kubelet removed would be gone
        "imageMinimumGCAge": "24h",
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "syncFrequency": "10s",
        "maxPods": 110,
        "registryPullQPS": 0,
        "serializeImagePulls": False,
        "shutdownGracePeriod": "0s",
    }


def _kube_proxy(state: Path) -> dict[str, object]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": {"kubeconfig": str(state / "kube-proxy.kubeconfig")},
        "clusterCIDR": plan.POD_RANGE,
        "hostnameOverride": plan.NODE_NAME,
        "bindAddress": plan.NODE_ADDRESS,
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        "nodePortAddresses": ["primary"],
        # these would write settings of the whole machine
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }


def commands(state: Path, programs: Mapping[str, Path]) -> dict[str, list[str]]:
    """The command line of every daemon; `programs` are the paths of all of them."""
    pki = state / "pki"
    line: dict[str, list[str]] = {
        "containerd": ["--config", f"{state}/containerd.toml"],
        "etcd": [
            f"--data-dir={state}/etcd",
            f"--listen-client-urls={ETCD_URL}",
            f"--advertise-client-urls={ETCD_URL}",
            "--listen-peer-urls=http://127.0.0.1:2380",
            # a demo's data is worth less than the seconds that fsync costs
            "--unsafe-no-fsync",
        ],
        "kube-apiserver": [
            f"--etcd-servers={ETCD_URL}",
            f"--advertise-address={plan.NODE_ADDRESS}",
            f"--secure-port={plan.API_PORT}",
            f"--cert-dir={pki}",
            f"--tls-cert-file={pki}/apiserver.crt",
            f"--tls-private-key-file={pki}/apiserver.key",
            f"--client-ca-file={pki}/ca.crt",
            f"--service-account-key-file={pki}/service-accounts.pub",
            f"--service-account-signing-key-file={pki}/service-accounts.key",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            "--authorization-mode=Node,RBAC",
            "--anonymous-auth=false",
            f"--service-cluster-ip-range={plan.SERVICE_RANGE}",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",
            f"--kubelet-client-certificate={pki}/apiserver-kubelet.crt",
            f"--kubelet-client-key={pki}/apiserver-kubelet.key",
            f"--kubelet-certificate-authority={pki}/ca.crt",
            "--kubelet-preferred-address-types=InternalIP",
            "--endpoint-reconciler-type=lease",
        ],
        "kube-controller-manager": [
            *_component_flags(state, "kube-controller-manager"),
            f"--service-account-private-key-file={pki}/service-accounts.key",
            f"--root-ca-file={pki}/ca.crt",
            f"--cluster-signing-cert-file={pki}/ca.crt",
            f"--cluster-signing-key-file={pki}/ca.key",
            "--use-service-account-credentials",
            f"--flex-volume-plugin-dir={state}/kubelet/volume-plugins",
            # the defaults make a fresh cluster wait seconds for its first service accounts
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
        ],
        "kube-scheduler": _component_flags(state, "kube-scheduler"),
        "kubelet": [
            f"--config={state}/kubelet.yaml",
            f"--kubeconfig={state}/kubelet.kubeconfig",
            f"--hostname-override={plan.NODE_NAME}",
            f"--root-dir={state}/kubelet",
            f"--cert-dir={pki}",
            f"--node-ip={plan.NODE_ADDRESS}",
        ],
        "kube-proxy": [f"--config={state}/kube-proxy.yaml"],
        "coredns": ["-conf", f"{state}/Corefile"],
    }
    return {name: [str(programs[name]), *arguments] for name, arguments in line.items()}


def _component_flags(state: Path, name: str) -> list[str]:
    own = f"{state}/{name}.kubeconfig"
    return [
        f"--kubeconfig={own}",
        f"--authentication-kubeconfig={own}",
        f"--authorization-kubeconfig={own}",
        "--bind-address=127.0.0.1",
        "--leader-elect=false",
    ]


DNS_ACCESS = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "system:coredns"}
rules:
- {apiGroups: [""], resources: [services, pods, namespaces], verbs: [list, watch]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: "system:coredns"}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:coredns"}
subjects: [{kind: User, name: "system:coredns", apiGroup: rbac.authorization.k8s.io}]
"""
