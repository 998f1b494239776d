{{/*
Values that were renamed before 1.0; the old names are accepted for one release. `helm upgrade --reuse-values` hands over the old
chart's defaults under the old names and none of the new ones, so a switch is on where either name says so, and other values come
from the old name only where the new one has its default.
*/}}

{{/* true where the agent reads from kubelet which pod holds which GPU */}}
{{- define "lastcall.gpuAllocation" -}}
{{- if and .Values.gpu.enabled (or (get (.Values.gpuAllocation | default dict) "enabled") (get (.Values.podResources | default dict) "enabled")) -}}true{{- end -}}
{{- end -}}

{{- define "lastcall.gpuAllocationPath" -}}
{{- $usual := "/var/lib/kubelet/pod-resources" -}}
{{- $new := get (.Values.gpuAllocation | default dict) "path" | default $usual -}}
{{- $old := get (.Values.podResources | default dict) "path" | default $usual -}}
{{- ternary $old $new (eq $new $usual) -}}
{{- end -}}

{{/* true where the agent reads the positions of MIG instances */}}
{{- define "lastcall.migPositions" -}}
{{- if and .Values.gpu.enabled (or (get (.Values.migPositions | default dict) "enabled") (get (.Values.placements | default dict) "enabled")) -}}true{{- end -}}
{{- end -}}

{{/* how many pods the quota of the priority class allows; empty where there is none */}}
{{- define "lastcall.priorityClassQuota" -}}
{{- $new := .Values.priorityClassQuota | default dict -}}
{{- $old := .Values.priorityQuota | default dict -}}
{{- if get $new "enabled" -}}{{- get $new "pods" | default 10000 | int -}}
{{- else if get $old "enabled" -}}{{- get $old "pods" | default 10000 | int -}}
{{- end -}}
{{- end -}}

{{- define "lastcall.daemonSetAnnotations" -}}
{{- with mergeOverwrite (dict) (.Values.annotations | default dict) (.Values.daemonSetAnnotations | default dict) -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}

{{/* What is still set by an old name, one line each. A default that --reuse-values brings along is not worth a line. */}}
{{- define "lastcall.oldNames" -}}
{{- if get (.Values.podResources | default dict) "enabled" }}
- podResources is called gpuAllocation now
{{- end }}
{{- if get (.Values.placements | default dict) "enabled" }}
- placements is called migPositions now
{{- end }}
{{- if get (.Values.priorityQuota | default dict) "enabled" }}
- priorityQuota is called priorityClassQuota now
{{- end }}
{{- if .Values.annotations }}
- annotations is called daemonSetAnnotations now
{{- end }}
{{- end -}}
