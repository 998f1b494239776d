package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus-operator/prometheus-operator/pkg/assets"
	"github.com/prometheus-operator/prometheus-operator/pkg/operator"
	operated "github.com/prometheus-operator/prometheus-operator/pkg/prometheus"
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"sigs.k8s.io/yaml"
)

// found are the monitors, and their namespace, in which the Prometheus stands as well: it would look into no other.
type found struct {
	namespace string
	pods      []*monitoring.PodMonitor
	services  []*monitoring.ServiceMonitor
}

func operatorsConfiguration(ctx context.Context, file, version string) ([]byte, error) {
	stream, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	objects, err := parse(stream)
	if err != nil {
		return nil, err
	}
	everything := &metav1.LabelSelector{}
	server := &monitoring.Prometheus{ObjectMeta: metav1.ObjectMeta{Name: "test", Namespace: cmp.Or(objects.namespace, "default")}}
	server.Spec.Version = version
	server.Spec.ScrapeInterval = "15s"
	server.Spec.EvaluationInterval = "15s"
	server.Spec.PodMonitorSelector = everything
	server.Spec.ServiceMonitorSelector = everything
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	store := assets.NewTestStoreBuilder()
	recorder := record.NewFakeRecorder(100)
	selector, err := operated.NewResourceSelector(
		logger, server, store, nil, operator.NewMetrics(prometheus.NewRegistry()), recorder)
	if err != nil {
		return nil, err
	}
	pods, err := selector.SelectPodMonitors(ctx, lister(objects.pods))
	if err != nil {
		return nil, err
	}
	services, err := selector.SelectServiceMonitors(ctx, lister(objects.services))
	if err != nil {
		return nil, err
	}
	select {
	case refusal := <-recorder.Events:
		return nil, errors.New(refusal)
	default:
	}
	generator, err := operated.NewConfigGenerator(logger, server)
	if err != nil {
		return nil, err
	}
	return generator.GenerateServerConfiguration(
		server, services.ValidResources(), pods.ValidResources(), nil, nil, store, nil, nil, nil, nil)
}

func lister[T metav1.Object](objects []T) operated.ListAllByNamespaceFn {
	return func(namespace string, selector labels.Selector, add cache.AppendFunc) error {
		for _, object := range objects {
			if object.GetNamespace() == namespace && selector.Matches(labels.Set(object.GetLabels())) {
				add(object)
			}
		}
		return nil
	}
}

// parse keeps the monitors of one namespace and refuses a rule that the operator's webhook would refuse.
func parse(stream []byte) (found, error) {
	var result found
	for _, document := range bytes.Split(append([]byte("\n"), stream...), []byte("\n---")) {
		var kind metav1.TypeMeta
		if err := yaml.Unmarshal(document, &kind); err != nil {
			return result, err
		}
		switch kind.Kind {
		case monitoring.PodMonitorsKind:
			monitor := &monitoring.PodMonitor{}
			if err := yaml.UnmarshalStrict(document, monitor); err != nil {
				return result, err
			}
			result.pods = append(result.pods, monitor)
			result.namespace = monitor.Namespace
		case monitoring.ServiceMonitorsKind:
			monitor := &monitoring.ServiceMonitor{}
			if err := yaml.UnmarshalStrict(document, monitor); err != nil {
				return result, err
			}
			result.services = append(result.services, monitor)
			result.namespace = monitor.Namespace
		case monitoring.PrometheusRuleKind:
			rule := &monitoring.PrometheusRule{}
			if err := yaml.UnmarshalStrict(document, rule); err != nil {
				return result, err
			}
			var refused []string
			for _, err := range operator.ValidateRule(rule.Spec) {
				refused = append(refused, err.Error())
			}
			if len(refused) > 0 {
				return result, fmt.Errorf("PrometheusRule %s: %s", rule.Name, strings.Join(refused, "; "))
			}
		}
	}
	return result, nil
}
