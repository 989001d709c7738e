"""Are the daemons' files and flags as the cluster's promises need them?"""

import json
import tomllib
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from preceptor_local import config, node, pki, plan, tools

NETWORK = plan.Plan(2, Path("/dev/shm/x"))
FILES = config.files(NETWORK, Path("/usr/lib/cni"))
COMMANDS = config.commands(NETWORK.state, {name: Path("/t") / name for name in (*tools.TOOL, "containerd")})


def test_all_files_can_be_parsed_by_their_readers() -> None:
    assert tomllib.loads(FILES["containerd.toml"])["state"] == "/dev/shm/x/containerd/run"
    assert json.loads(FILES["cni/conf/10-pods.conflist"])["plugins"][0]["bridge"] == plan.BRIDGE
    assert yaml.safe_load(FILES["kubelet.yaml"])["clusterDNS"] == [plan.NODE_ADDRESS]


def test_pods_run_under_the_one_cgroup_that_teardown_removes() -> None:
    kubelet = yaml.safe_load(FILES["kubelet.yaml"])
    assert kubelet["cgroupsPerQOS"] is True
    assert kubelet["cgroupRoot"] == f"/{NETWORK.cgroup}"


def test_sixty_pods_fit() -> None:
    assert yaml.safe_load(FILES["kubelet.yaml"])["maxPods"] >= 60


def test_every_daemon_has_a_command_and_keeps_its_files_under_the_state_folder() -> None:
    assert tuple(COMMANDS) == config.DAEMONS
    for name, command in COMMANDS.items():
        assert any("/dev/shm/x" in word for word in command), name


def test_nobody_reaches_the_api_server_without_a_name() -> None:
    assert "--anonymous-auth=false" in COMMANDS["kube-apiserver"]
    assert "--authorization-mode=Node,RBAC" in COMMANDS["kube-apiserver"]


def test_the_kubelet_finds_its_kernel_settings_as_it_wants_them() -> None:
    script = node.init_script(Path("/t/pause"))
    for name, value in node.KERNEL_SETTINGS.items():
        assert f"echo {value} > /run/kernel/{name}" in script
        assert f"mount --bind /run/kernel/{name} /proc/sys/{name}" in script


def test_the_nodes_network_has_no_default_route_and_drops_what_pods_send_outside() -> None:
    script = node.network_script(NETWORK)
    assert "route add default" not in script
    assert f'iifname "{plan.BRIDGE}" oifname != "{plan.BRIDGE}" counter drop' in script


def test_a_clinicians_certificate_says_name_and_group_and_is_for_a_client() -> None:
    authority = pki.authority("test")
    certificate = pki.issue(authority, "carol", group=pki.USERS["carol"]).certificate
    names = certificate.subject
    assert names.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "carol"
    assert names.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "clinical-governance"
    purpose = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purpose) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate.verify_directly_issued_by(authority.certificate)


def test_the_requester_is_no_clinician() -> None:
    assert pki.USERS["alice"] != pki.USERS["carol"]


def test_a_kubeconfig_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "users" / "carol.kubeconfig"
    pki.write_private(path, b"secret")
    assert path.stat().st_mode & 0o777 == 0o600
