{{/* The pods of one pool, by the exact shape of a Deployment's pod names: a release called chat must not count chat-spot's. */}}
{{- define "serving.pods" -}}
namespace="{{ .root.Release.Namespace }}",pod=~"{{ include "serving.name" .root }}-{{ .pool }}-[a-z0-9]+-[a-z0-9]{5}"
{{- end -}}

{{/*
What a demand query says when there is no sample: 0 while an engine answers without the metric yet; nothing (an error, from which
the fallback follows) when Prometheus sees no engine. "up" alone would be 0 for an engine that does not answer, and 0 is no demand.
A pool that may be at zero has no engine to ask: there it is 0.
*/}}
{{- define "serving.otherwise" -}}
{{- if eq (int .least) 0 -}}
vector(0)
{{- else -}}
sum(0 * (up{ {{- include "serving.pods" . -}} } == 1))
{{- end -}}
{{- end -}}

{{- define "serving.query.inFlight" -}}
sum({__name__=~"vllm:num_requests_(running|waiting)",{{ include "serving.pods" . }}}) or {{ include "serving.otherwise" . }}
{{- end -}}

{{- define "serving.query.waiting" -}}
sum(vllm:num_requests_waiting{ {{- include "serving.pods" . -}} }) or {{ include "serving.otherwise" . }}
{{- end -}}

{{/* Summed over pods, so that the HPA's division by replicas gives the mean; engines of one pod are averaged first. */}}
{{- define "serving.query.kvCache" -}}
sum(avg by (pod) (vllm:kv_cache_usage_perc{ {{- include "serving.pods" . -}} })) or {{ include "serving.otherwise" . }}
{{- end -}}

{{/* Times the pods, so that 1 means "as many as now"; at most twice as many at once; ">= 0" drops the NaN of no requests. */}}
{{- define "serving.query.ttft" -}}
(clamp_max((histogram_quantile(0.95, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket{ {{- include "serving.pods" . -}} }[2m]))) >= 0) / {{ .root.Values.autoscaling.targets.ttftP95Seconds }}, 2) * scalar(count(count by (pod) (vllm:num_requests_running{ {{- include "serving.pods" . -}} })))) or vector(0)
{{- end -}}

{{- define "serving.doomed" -}}
(sum(lastcall_doomed_pods{namespace="{{ .Release.Namespace }}",workload="{{ include "serving.name" . }}-spot"}) or vector(0))
{{- end -}}

{{/*
The floor, and one for each spot replica that is missing or doomed. The larger of the two, not the sum: a doomed pod that has
left is missing as well.
*/}}
{{- define "serving.query.fallback" -}}
{{- $deployment := printf "namespace=%q,deployment=%q" .Release.Namespace (printf "%s-spot" (include "serving.name" .)) -}}
{{ .Values.pools.onDemand.base }} + (((max(kube_deployment_spec_replicas{ {{- $deployment -}} }) - max(kube_deployment_status_replicas_ready{ {{- $deployment -}} })) > {{ include "serving.doomed" . }}) or {{ include "serving.doomed" . }})
{{- end -}}

{{- define "serving.query.buffer" -}}
{{ .Values.buffer.base }} + (ceil(sum(lastcall_doomed_gpus) / {{ .Values.gpu.count }}) or vector(0))
{{- end -}}

{{/* One trigger on Prometheus. */}}
{{- define "serving.prometheusTrigger" -}}
- type: prometheus
  name: {{ .name }}
  metricType: AverageValue
  metadata:
    serverAddress: {{ .root.Values.autoscaling.prometheus }}
    threshold: {{ .threshold | toString | quote }}
    # With KEDA's default an empty answer is 0, and a blind Prometheus scales down.
    ignoreNullValues: "false"
    {{- with .root.Values.autoscaling.authModes }}
    authModes: {{ . }}
    {{- end }}
    query: {{ .query | quote }}
  {{- with .root.Values.autoscaling.authenticationRef }}
  authenticationRef: {name: {{ . }}}
  {{- end }}
{{- end -}}

{{/* Jobs that wait, that a worker has claimed, and that wait for their retry: the queue as KEDA has to see it. */}}
{{- define "serving.queueTriggers" -}}
{{- range list "" ":leases" ":delayed" }}
- type: redis
  metadata:
    address: {{ include "serving.redisAddress" $.root }}
    listName: {{ $.root.Values.batch.queue }}{{ . }}
    listLength: {{ $.length | toString | quote }}
    activationListLength: "0"
    enableTLS: {{ $.root.Values.batch.redis.tls | toString | quote }}
  {{- if $.root.Values.batch.redis.secretName }}
  authenticationRef: {name: {{ include "serving.name" $.root }}-redis}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "serving.redisAddress" -}}
{{- if .Values.batch.redis.address -}}
{{- .Values.batch.redis.address -}}
{{- else -}}
{{- include "serving.name" . }}-redis.{{ .Release.Namespace }}.svc:6379
{{- end -}}
{{- end -}}
