// What a Prometheus in a cluster would be told to scrape, for a Prometheus that stands outside:
//
//	scrape -objects FILE -prometheus VERSION -kubeconfig FILE -out DIRECTORY   monitors, as a Prometheus operator sees them
//	scrape -config FILE -kubeconfig FILE -out DIRECTORY                        a configuration that a person wrote
//
// The configuration of the monitors is made by the Prometheus operator's own code: its selection, its validation, its
// generator (DIRECTORY/operator.yml). Each kubernetes_sd_configs is then run here, by Prometheus' own discovery code against
// the API server, and its targets with all their meta labels are kept in DIRECTORY/targets-N.json, which DIRECTORY/prometheus.yml
// names instead: a Prometheus that was built without that discovery can read them. Nothing else of the configuration is
// touched. PrometheusRules are only checked, as the operator's admission webhook checks them.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	objects := flag.String("objects", "", "YAML stream with monitors and rules; other kinds are passed over")
	config := flag.String("config", "", "configuration of a Prometheus, instead of objects")
	version := flag.String("prometheus", "", "version of the Prometheus that reads the configuration")
	kubeconfig := flag.String("kubeconfig", "", "where targets are discovered; none = only the operator's word about the objects")
	out := flag.String("out", "", "directory to write to")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, *objects, *config, *version, *kubeconfig, *out); err != nil {
		fmt.Fprintln(os.Stderr, "scrape:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, objects, config, version, kubeconfig, out string) error {
	var written []byte
	var err error
	if config != "" {
		written, err = os.ReadFile(config)
	} else {
		written, err = operatorsConfiguration(ctx, objects, version)
	}
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "operator.yml"), written, 0o644); err != nil {
		return err
	}
	if kubeconfig == "" {
		return nil
	}
	return discover(ctx, written, kubeconfig, out)
}
