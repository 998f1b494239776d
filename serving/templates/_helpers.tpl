{{- define "serving.name" -}}
{{- default .Release.Name .Values.fullnameOverride -}}
{{- end -}}

{{- define "serving.selectorLabels" -}}
app.kubernetes.io/name: lastcall-serving
app.kubernetes.io/instance: {{ include "serving.name" . }}
{{- end -}}

{{- define "serving.labels" -}}
{{ include "serving.selectorLabels" . }}
{{ include "serving.commonLabels" . }}
{{- end -}}

{{- define "serving.commonLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Batch workers and buffer pods are other things than engines: no Service, budget or monitor of the engines may select them. */}}
{{- define "serving.partLabels" -}}
app.kubernetes.io/name: lastcall-serving-{{ .part }}
app.kubernetes.io/instance: {{ include "serving.name" .root }}
{{- end -}}

{{- define "serving.image" -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository .tag -}}
{{- end -}}
{{- end -}}

{{/* The one place of the sum: preStop, then what the engine may finish, then ten seconds to end by itself. */}}
{{- define "serving.grace" -}}
{{- $least := add .Values.preStopSeconds .Values.engine.shutdownTimeoutSeconds 5 -}}
{{- if kindIs "invalid" .Values.terminationGracePeriodSeconds -}}
{{- add $least 5 -}}
{{- else -}}
{{- if lt (int .Values.terminationGracePeriodSeconds) (int $least) -}}
{{- fail (printf "terminationGracePeriodSeconds: %d is too short: preStopSeconds %d + engine.shutdownTimeoutSeconds %d + 5 s to end = %d; leave it empty and the chart computes it" (int .Values.terminationGracePeriodSeconds) (int .Values.preStopSeconds) (int .Values.engine.shutdownTimeoutSeconds) (int $least)) -}}
{{- end -}}
{{- .Values.terminationGracePeriodSeconds -}}
{{- end -}}
{{- end -}}

{{- define "serving.servedName" -}}
{{- default .Values.model.name .Values.model.servedName -}}
{{- end -}}

{{- define "serving.schedulingPolicy" -}}
{{- default (ternary "priority" "fcfs" .Values.batch.enabled) .Values.engine.schedulingPolicy -}}
{{- end -}}

{{- define "serving.memory" -}}
{{- default (printf "%dGi" (int (ceil (addf .Values.model.weightsGiB 8 .Values.resources.sharedMemoryGiB)))) .Values.resources.memory -}}
{{- end -}}

{{- define "serving.scaled" -}}
{{- if .Values.autoscaling.enabled -}}true{{- end -}}
{{- end -}}

{{/* The pool that follows demand: spot where there is one. */}}
{{- define "serving.demandPool" -}}
{{- ternary "spot" "ondemand" .Values.pools.spot.enabled -}}
{{- end -}}

{{/*
What a cloud calls its spot nodes: {"terms": [{key, values}…], "taints": [{key, value}…], "window": seconds of notice}. Several
terms are alternatives (a node carries one of the labels). Karpenter's comes first: it tries alternatives in their order.
*/}}
{{- define "serving.cloud" -}}
{{- $clouds := dict
  "aws" (dict "window" 120 "taints" list "terms" (list
    (dict "key" "karpenter.sh/capacity-type" "values" (list "spot"))
    (dict "key" "eks.amazonaws.com/capacityType" "values" (list "SPOT"))))
  "gcp" (dict "window" 30 "taints" (list (dict "key" "cloud.google.com/gke-spot" "value" "true")) "terms" (list
    (dict "key" "cloud.google.com/gke-spot" "values" (list "true"))))
  "azure" (dict "window" 30 "taints" (list (dict "key" "kubernetes.azure.com/scalesetpriority" "value" "spot")) "terms" (list
    (dict "key" "kubernetes.azure.com/scalesetpriority" "values" (list "spot"))))
  "alibaba" (dict "window" 300 "taints" list "terms" (list
    (dict "key" "node.alibabacloud.com/spot-strategy" "values" (list "SpotAsPriceGo" "SpotWithPriceLimit"))))
  "tencent" (dict "window" 120 "taints" list "terms" list)
  "" (dict "window" 30 "taints" list "terms" list) -}}
{{- get $clouds .Values.cloud | toJson -}}
{{- end -}}

{{/* Required, on both sides: a preference can't hold a floor. */}}
{{- define "serving.affinity" -}}
{{- $cloud := include "serving.cloud" .root | fromJson -}}
nodeAffinity:
  requiredDuringSchedulingIgnoredDuringExecution:
    nodeSelectorTerms:
{{- if eq .pool "spot" }}
{{- range $cloud.terms }}
      - matchExpressions:
          - {key: {{ .key }}, operator: In, values: {{ toJson .values }}}
{{- end }}
{{- else if $cloud.terms }}
      - matchExpressions:
{{- range $cloud.terms }}
          - {key: {{ .key }}, operator: NotIn, values: {{ toJson .values }}}
{{- end }}
{{- else }}
{{- range $key, $value := .root.Values.pools.spot.nodeSelector }}
      - matchExpressions:
          - {key: {{ $key }}, operator: NotIn, values: [{{ $value | quote }}]}
{{- end }}
{{- end }}
{{- end -}}

{{- define "serving.placement" -}}
{{- $cloud := include "serving.cloud" .root | fromJson -}}
{{- $pool := ternary .root.Values.pools.spot .root.Values.pools.onDemand (eq .pool "spot") -}}
tolerations:
  - {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}
{{- if eq .pool "spot" }}
{{- range $cloud.taints }}
  - {key: {{ .key }}, operator: Equal, value: {{ .value | quote }}, effect: NoSchedule}
{{- end }}
{{- end }}
{{- with $pool.tolerations }}
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $pool.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if or $cloud.terms (and (eq .pool "ondemand") .root.Values.pools.spot.enabled .root.Values.pools.spot.nodeSelector) }}
affinity:
  {{- include "serving.affinity" . | nindent 2 }}
{{- end }}
{{- end -}}
