module lastcall.dev/testbed/data

go 1.24.0

require (
	github.com/prometheus-operator/prometheus-operator v0.85.0
	k8s.io/kubernetes v1.34.3
)
