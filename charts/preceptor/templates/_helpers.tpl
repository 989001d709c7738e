{{- define "preceptor.labels" -}}
app.kubernetes.io/name: {{ .component }}
app.kubernetes.io/part-of: preceptor
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
{{- end }}

{{- define "preceptor.operatorUser" -}}
system:serviceaccount:{{ .Release.Namespace }}:preceptor-operator
{{- end }}

{{- define "preceptor.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "preceptor.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "preceptor.scheduling" -}}
{{- with .Values.images.pullSecrets }}
imagePullSecrets: {{- range . }}
- name: {{ . }}
{{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The namespaces of gateways, each once. */}}
{{- define "preceptor.gatewayNamespaces" -}}
{{- $found := list }}
{{- range .Values.gateways }}{{- $found = append $found .namespace }}{{- end }}
{{- $found | uniq | sortAlpha | toJson }}
{{- end }}

{{/* The operator's configuration: what the chart knows, and over it what the user says. */}}
{{- define "preceptor.operatorConfig" -}}
{{- $allowed := list }}
{{- range .Values.gateways }}{{- $allowed = append $allowed (printf "%s/%s" .namespace .name) }}{{- end }}
{{- $defaults := dict
  "images" (dict "trainer" .Values.images.trainer "eval" .Values.images.eval)
  "audit" (dict
    "url" (printf "https://preceptor-audit.%s.svc:8081" .Release.Namespace)
    "caFile" "/etc/preceptor/keys/ca.crt"
    "tokenFile" "/var/run/preceptor/audit-token")
  "opa" (dict "host" "127.0.0.1" "port" (int .Values.opa.port))
  "gateways" (dict "port" 8080 "tokenFile" "/var/run/preceptor/gateway-token" "allowed" $allowed)
  "progress" (dict "url" (printf "https://preceptor-operator.%s.svc:8443" .Release.Namespace) "port" 8443)
  "keysDir" "/etc/preceptor/keys"
  "healthPort" 8080
}}
{{- mergeOverwrite $defaults (deepCopy .Values.operator.config) | toYaml }}
{{- end }}

{{- /* An egress rule to the API server and nothing else: what a port alone names is every host of the world. */}}
{{- define "preceptor.apiServerEgress" -}}
{{- $peers := .Values.networkPolicies.apiServers }}
{{- if not $peers }}
{{- $addresses := list }}
{{- range (lookup "discovery.k8s.io/v1" "EndpointSlice" "default" "kubernetes").endpoints }}
{{- $addresses = concat $addresses .addresses }}
{{- end }}
{{- /* Most network plug-ins see the endpoint's address, some still see the Service's. */}}
{{- if $addresses }}
{{- $service := lookup "v1" "Service" "default" "kubernetes" }}
{{- $addresses = concat $addresses ((($service.spec | default dict).clusterIPs) | default list) | uniq }}
{{- end }}
{{- range $addresses }}
{{- $peers = append $peers (dict "ipBlock" (dict "cidr" (printf "%s/%s" . (ternary "128" "32" (contains ":" .))))) }}
{{- end }}
{{- end }}
{{- if not $peers }}
{{- fail "networkPolicies.apiServers is empty and there is no cluster to ask: name where pods reach the API server, such as [{ipBlock: {cidr: 192.0.2.10/32}}] (kubectl get endpointslice kubernetes -n default), or set networkPolicies.enabled to false." }}
{{- end }}
{{- $ports := list }}
{{- range .Values.networkPolicies.apiServerPorts }}
{{- $ports = append $ports (dict "port" . "protocol" "TCP") }}
{{- end }}
{{- dict "to" $peers "ports" $ports | toJson }}
{{- end }}
