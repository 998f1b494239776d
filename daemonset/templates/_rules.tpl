{{- /*
The rules of dashboards/rules with what the values change: thresholds, the label of node pools, the selectors of the agents' series and of
those of kube-state-metrics, alerts that are left out or changed, and the address of the runbooks. A threshold is found by its words in
the expression; one that is not there is an error. A label's name is written as kube-state-metrics writes it.
*/ -}}
{{- define "lastcall.rules" -}}
{{- $values := .Values.monitoring.prometheusRule -}}
{{- $runbooks := default "docs/RUNBOOKS.md" .Values.monitoring.runbookUrl -}}
{{- $thresholds := dict
  "LastcallDeadlineAtRisk" (list "time() < 20)" (printf "time() < %v)" $values.deadlineSeconds))
  "LastcallSlicesStranded" (list ">= 0.25" (printf ">= %v" $values.strandedRatio))
  "LastcallXidStorm" (list ">= 5" (printf ">= %v" $values.xidErrors))
  "LastcallIdleGpuAllocated" (list "< 0.01)" (printf "< %v)" $values.idleRatio)) -}}
{{- $pool := regexReplaceAll "([a-z0-9])([A-Z])" (regexReplaceAll "[^a-zA-Z0-9_]" $values.nodePoolLabel "_") "${1}_${2}" | lower -}}
{{- $file := .Files.Get "files/rules/lastcall.rules.yaml" | replace "karpenter_sh_nodepool" $pool -}}
{{- $rules := $file | replace "docs/RUNBOOKS.md#" (printf "%s#" $runbooks) | fromYaml -}}
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
{{- range $prefix, $matchers := dict "lastcall_" $values.selector "kube_" $values.kubeStateMetricsSelector }}
{{- if $matchers }}
{{- $with := regexReplaceAll (printf "\\b(%s[a-z0-9_]+)([^a-z0-9_{]|$)" $prefix) $rule.expr (printf "${1}{%s}${2}" $matchers) -}}
{{- $with = regexReplaceAll (printf "\\b(%s[a-z0-9_]+){([^}])" $prefix) $with (printf "${1}{%s,${2}" $matchers) -}}
{{- $_ := set $rule "expr" (replace (printf "{%s,%s}" $matchers $matchers) (printf "{%s}" $matchers) $with) -}}
{{- end }}
{{- end }}
{{- with index $values.overrides $name }}
{{- with .for }}{{ $_ := set $rule "for" . }}{{ end -}}
{{- with .severity }}{{ $_ := set $rule.labels "severity" . }}{{ end -}}
{{- end }}
{{- if not (has $name $values.disabled) }}{{ $kept = append $kept $rule }}{{ end -}}
{{- end }}
{{- $groups = append $groups (dict "name" $group.name "rules" $kept) -}}
{{- end }}
{{- range $values.disabled }}
{{- if not (has . $known) }}{{ fail (printf "monitoring.prometheusRule.disabled: no alert is called %s" .) }}{{ end -}}
{{- end }}
{{- range $name, $_ := $values.overrides }}
{{- if not (has $name $known) }}{{ fail (printf "monitoring.prometheusRule.overrides: no alert is called %s" $name) }}{{ end -}}
{{- end }}
{{- dict "groups" $groups | toYaml -}}
{{- end -}}
