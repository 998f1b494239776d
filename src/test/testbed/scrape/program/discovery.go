package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/discovery"
	"github.com/prometheus/prometheus/discovery/kubernetes"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"gopkg.in/yaml.v2"
)

const discovered = "kubernetes_sd_configs"

// discover exchanges each kubernetes_sd_configs for a file of targets, and keeps these files up to date until it is ended.
func discover(ctx context.Context, configuration []byte, kubeconfig, out string) error {
	var root yaml.MapSlice
	if err := yaml.Unmarshal(configuration, &root); err != nil {
		return err
	}
	number := 0
	for _, item := range root {
		if item.Key != "scrape_configs" {
			continue
		}
		for _, job := range item.Value.([]interface{}) {
			settings := job.(yaml.MapSlice)
			for i := range settings {
				if settings[i].Key != discovered {
					continue
				}
				file := filepath.Join(out, fmt.Sprintf("targets-%d.json", number))
				number++
				if err := follow(ctx, settings[i].Value, kubeconfig, file); err != nil {
					return err
				}
				settings[i] = yaml.MapItem{Key: "file_sd_configs", Value: []yaml.MapSlice{{
					{Key: "files", Value: []string{file}}, {Key: "refresh_interval", Value: "1s"}}}}
			}
		}
	}
	if number == 0 {
		return fmt.Errorf("no %s in the configuration", discovered)
	}
	text, err := yaml.Marshal(root)
	if err != nil {
		return err
	}
	// Written last and in one step: who sees it may start a Prometheus.
	if err := replace(filepath.Join(out, "prometheus.yml"), text); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func follow(ctx context.Context, value interface{}, kubeconfig, file string) error {
	text, err := yaml.Marshal(value)
	if err != nil {
		return err
	}
	var configs []*kubernetes.SDConfig
	if err := yaml.UnmarshalStrict(text, &configs); err != nil {
		return err
	}
	if len(configs) != 1 {
		return fmt.Errorf("%d entries under %s, one is understood", len(configs), discovered)
	}
	configs[0].KubeConfig = kubeconfig
	registry := prometheus.NewRegistry()
	metrics := configs[0].NewDiscovererMetrics(registry, discovery.NewRefreshMetrics(registry))
	if err := metrics.Register(); err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	discoverer, err := kubernetes.New(logger, metrics, configs[0])
	if err != nil {
		return err
	}
	if err := replace(file, []byte("[]")); err != nil {
		return err
	}
	groups := make(chan []*targetgroup.Group)
	go discoverer.Run(ctx, groups)
	go keep(ctx, groups, file)
	return nil
}

func keep(ctx context.Context, groups <-chan []*targetgroup.Group, file string) {
	known := map[string]*targetgroup.Group{}
	changed := false
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case update := <-groups:
			for _, group := range update {
				known[group.Source] = group
			}
			changed = true
		case <-tick.C:
			if changed {
				if err := replace(file, listed(known)); err != nil {
					fmt.Fprintln(os.Stderr, "scrape:", err)
				} else {
					changed = false
				}
			}
		}
	}
}

// listed is what file_sd reads: an entry per target, with the labels of its group and its own.
func listed(groups map[string]*targetgroup.Group) []byte {
	type entry struct {
		Targets []string       `json:"targets"`
		Labels  model.LabelSet `json:"labels"`
	}
	entries := []entry{}
	for _, group := range groups {
		for _, target := range group.Targets {
			labels := group.Labels.Merge(target)
			address := string(labels[model.AddressLabel])
			delete(labels, model.AddressLabel)
			entries = append(entries, entry{[]string{address}, labels})
		}
	}
	text, err := json.Marshal(entries)
	if err != nil {
		panic(err)
	}
	return text
}

func replace(file string, text []byte) error {
	next := file + ".next"
	if err := os.WriteFile(next, text, 0o644); err != nil {
		return err
	}
	return os.Rename(next, file)
}
