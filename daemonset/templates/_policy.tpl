{{/* The head of a policy or of its binding. */}}
{{- define "lastcall.policyHead" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: {{ .kind }}
metadata:
  name: {{ include "lastcall.fullname" .root }}-{{ .part }}
  labels:
    {{- include "lastcall.labels" .root | nindent 4 }}
{{- end -}}

{{/* Writes by the agent's account, whatever they are: RBAC says which of them there can be. */}}
{{- define "lastcall.policyMatch" -}}
failurePolicy: Fail
matchConstraints:
  resourceRules:
    - apiGroups: [""]
      apiVersions: [v1]
      resources: {{ toJson .resources }}
      operations: [CREATE, UPDATE, DELETE]
matchConditions:
  - name: the-agent
    expression: request.userInfo.username == 'system:serviceaccount:{{ .root.Release.Namespace }}:{{ include "lastcall.serviceAccountName" .root }}'
{{- end -}}

{{/* Variables for labels or annotations: as they are, as they were, and the keys that are new, gone, or of another value. */}}
{{- define "lastcall.changedKeys" -}}
- name: {{ .of }}
  expression: "object == null ? {} : object.metadata.?{{ .of }}.orValue({})"
- name: old{{ .name }}
  expression: "oldObject == null ? {} : oldObject.metadata.?{{ .of }}.orValue({})"
- name: changed{{ .name }}
  expression: >-
    variables.{{ .of }}.map(k, k).filter(k, variables.old{{ .name }}[?k] != variables.{{ .of }}[?k])
    + variables.old{{ .name }}.map(k, k).filter(k, !(k in variables.{{ .of }}))
{{- end -}}

{{/* What makes an object outlive its end or leave with another. */}}
{{- define "lastcall.keepsOwners" -}}
- expression: >-
    object == null || oldObject == null || (object.metadata.?finalizers == oldObject.metadata.?finalizers
    && dyn(object.metadata).?ownerReferences == dyn(oldObject.metadata).?ownerReferences)
  reason: Forbidden
  message: "Lastcall: the agent may not change finalizers or owners"
{{- end -}}

{{- define "lastcall.ownTaints" -}}
'lastcall.dev/interruption', 'status-taint.cluster-autoscaler.kubernetes.io/lastcall'
{{- end -}}
