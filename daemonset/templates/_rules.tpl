{{- /*
The rules of dashboards/rules with what the values change: thresholds, the selector of the agents' series, alerts that are
left out, and the address of the runbooks. A threshold is found by its words in the expression; one that is not there is an error.
*/ -}}
{{- define "lastcall.rules" -}}
{{- $values := .Values.monitoring.prometheusRule -}}
{{- $runbooks := default "docs/RUNBOOKS.md" .Values.monitoring.runbookUrl -}}
{{- $thresholds := dict
  "LastcallDeadlineAtRisk" (list "time() < 20)" (printf "time() < %v)" $values.deadlineSeconds))
  "LastcallSlicesStranded" (list ">= 0.25" (printf ">= %v" $values.strandedRatio))
  "LastcallXidStorm" (list ">= 5" (printf ">= %v" $values.xidErrors))
  "LastcallIdleGpuAllocated" (list "< 0.01)" (printf "< %v)" $values.idleRatio)) -}}
{{- $rules := .Files.Get "files/rules/lastcall.rules.yaml" | replace "docs/RUNBOOKS.md#" (printf "%s#" $runbooks) | fromYaml -}}
{{- $known := list -}}
{{- $groups := list -}}
{{- range $group := $rules.groups }}
{{- $kept := list -}}
{{- range $rule := $group.rules }}
{{- $name := $rule.alert | default "" -}}
{{- $known = append $known $name -}}
{{- with index $thresholds $name }}
{{- if not (contains (first .) $rule.expr) }}{{ fail (printf "%s has no %q" $name (first .)) }}{{ end -}}
{{- $_ := set $rule "expr" (replace (first .) (last .) $rule.expr) -}}
{{- end }}
{{- if $values.selector }}
{{- $with := regexReplaceAll "\\b(lastcall_[a-z0-9_]+)([^a-z0-9_{]|$)" $rule.expr (printf "${1}{%s}${2}" $values.selector) -}}
{{- $with = regexReplaceAll "\\b(lastcall_[a-z0-9_]+){([^}])" $with (printf "${1}{%s,${2}" $values.selector) -}}
{{- $_ := set $rule "expr" (replace (printf "{%s,%s}" $values.selector $values.selector) (printf "{%s}" $values.selector) $with) -}}
{{- end }}
{{- if not (has $name $values.disabled) }}{{ $kept = append $kept $rule }}{{ end -}}
{{- end }}
{{- $groups = append $groups (dict "name" $group.name "rules" $kept) -}}
{{- end }}
{{- range $values.disabled }}
{{- if not (has . $known) }}{{ fail (printf "monitoring.prometheusRule.disabled: no alert is called %s" .) }}{{ end -}}
{{- end }}
{{- dict "groups" $groups | toYaml -}}
{{- end -}}
