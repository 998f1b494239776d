{{- define "lastcall.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "lastcall.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "lastcall.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "lastcall.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "lastcall.selectorLabels" -}}
app.kubernetes.io/name: {{ include "lastcall.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "lastcall.labels" -}}
{{ include "lastcall.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "lastcall.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "lastcall.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "lastcall.image" -}}
{{- if not .Values.image.repository -}}
{{- fail "image.repository is not set: no image of Lastcall is published to assume. Build one with `make image`, push target/image to a registry that your nodes reach (docs/IMAGES.md has the lines for kind, minikube, k3s and a registry), then --set image.repository=REGISTRY/lastcall-agent" -}}
{{- end -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* lastcall.drain.force -> LASTCALL_DRAIN_FORCE, the rule by which the agent finds a key in its environment */}}
{{- define "lastcall.envName" -}}
{{- regexReplaceAll "[^A-Za-z0-9]" . "_" | upper -}}
{{- end -}}

{{/* uid 0 is asked for by a tier, never by default: kubelet's socket belongs to root, and capabilities reach only root */}}
{{- define "lastcall.asRoot" -}}
{{- if or (include "lastcall.gpuAllocation" .) (include "lastcall.migPositions" .) -}}true{{- end -}}
{{- end -}}

{{/*
auto: where the API server has the kind. `helm template` without a cluster knows no kinds at all (told by one that every
cluster has); then the version that the render is for decides, so that a GitOps pipeline doesn't lose the policy in silence.
*/}}
{{- define "lastcall.admissionPolicy" -}}
{{- $wanted := toString .Values.admissionPolicy.enabled -}}
{{- $api := "admissionregistration.k8s.io/v1" -}}
{{- if eq $wanted "true" -}}
true
{{- else if eq $wanted "auto" -}}
{{- if .Capabilities.APIVersions.Has (printf "%s/ValidatingWebhookConfiguration" $api) -}}
{{- if .Capabilities.APIVersions.Has (printf "%s/ValidatingAdmissionPolicy" $api) -}}true{{- end -}}
{{- else if semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version -}}true
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Rules and dashboard group by node; a scrape alone gives only an address. */}}
{{- define "lastcall.relabelings" -}}
- sourceLabels: [__meta_kubernetes_pod_node_name]
  targetLabel: node
{{- end -}}

{{/* How the agent reaches the GPUs; none where there are none. */}}
{{- define "lastcall.gpuAccess" -}}
{{- if .Values.gpu.enabled -}}{{ .Values.gpu.access }}{{- else -}}none{{- end -}}
{{- end -}}

{{/* gpu.access=runtimeClass names the GPU operator's class unless another is asked for. */}}
{{- define "lastcall.runtimeClassName" -}}
{{- if .Values.runtimeClassName -}}{{ .Values.runtimeClassName }}
{{- else if eq (include "lastcall.gpuAccess" .) "runtimeClass" -}}nvidia
{{- end -}}
{{- end -}}

{{- define "lastcall.architectures" -}}
{key: kubernetes.io/arch, operator: In, values: {{ .Values.architectures | toJson }}}
{{- end -}}

{{/* One term per label that marks a GPU node somewhere; the architecture holds in each of them. */}}
{{- define "lastcall.gpuNodes" -}}
{{- $present := list "true" -}}
{{- range list
  (dict "of" "GPU operator (GPU feature discovery)" "key" "nvidia.com/gpu.present" "values" $present)
  (dict "of" "node feature discovery as the GPU operator sets it up, then with its own defaults: 3D and VGA controllers" "key" "feature.node.kubernetes.io/pci-10de.present" "values" $present)
  (dict "key" "feature.node.kubernetes.io/pci-0302_10de.present" "values" $present)
  (dict "key" "feature.node.kubernetes.io/pci-0300_10de.present" "values" $present)
  (dict "of" "GKE" "key" "cloud.google.com/gke-accelerator")
  (dict "of" "EKS: eksctl and cluster-autoscaler, Karpenter, Auto Mode. A plain managed node group has none of them" "key" "k8s.amazonaws.com/accelerator")
  (dict "key" "karpenter.k8s.aws/instance-gpu-manufacturer" "values" (list "nvidia"))
  (dict "key" "eks.amazonaws.com/instance-gpu-manufacturer" "values" (list "nvidia"))
  (dict "of" "AKS, and its older label" "key" "kubernetes.azure.com/accelerator" "values" (list "nvidia"))
  (dict "key" "accelerator" "values" (list "nvidia"))
  (dict "of" "ACK, TKE" "key" "aliyun.accelerator/nvidia_count")
  (dict "key" "nvidia-device-enable" "values" (list "enable"))
}}
{{- with .of }}
# {{ . }}
{{- end }}
- matchExpressions:
    - {{ include "lastcall.architectures" $ }}
    {{- if .values }}
    - {key: {{ .key }}, operator: In, values: {{ .values | toJson }}}
    {{- else }}
    - {key: {{ .key }}, operator: Exists}
    {{- end }}
{{- end }}
{{- end -}}

{{/* true where a tier mounts something of the node */}}
{{- define "lastcall.hostPath" -}}
{{- if or (include "lastcall.gpuAllocation" .) (and .Values.gpu.enabled (has (include "lastcall.gpuAccess" .) (list "volumeMounts" "gke"))) -}}true{{- end -}}
{{- end -}}

{{/* The lowest Pod Security level whose namespace admits the pods: the node's network and its paths need privileged. */}}
{{- define "lastcall.podSecurityLevel" -}}
{{- if or .Values.hostNetwork (include "lastcall.hostPath" .) (include "lastcall.migPositions" .) (eq (include "lastcall.gpuAccess" .) "gke") .Values.extraVolumes -}}privileged
{{- else if include "lastcall.asRoot" . -}}baseline
{{- else -}}restricted
{{- end -}}
{{- end -}}
