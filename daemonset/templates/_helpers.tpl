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
{{- if and .Values.gpu.enabled (or .Values.podResources.enabled .Values.placements.enabled) -}}true{{- end -}}
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
