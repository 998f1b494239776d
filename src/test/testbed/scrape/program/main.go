// The configuration that a Prometheus operator would give its Prometheus for these monitors:
//
//	scrape -objects FILE -prometheus VERSION
//
// It is made by the operator's own code: its selection, its validation, its generator. PrometheusRules are checked as the
// operator's admission webhook checks them; other kinds are passed over. What the operator refuses ends with 1.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
)

func main() {
	objects := flag.String("objects", "", "YAML stream with monitors of one namespace, and rules")
	version := flag.String("prometheus", "", "version of the Prometheus that reads the configuration")
	flag.Parse()
	configuration, err := operatorsConfiguration(context.Background(), *objects, *version)
	if err != nil {
		fmt.Fprintln(os.Stderr, "scrape:", err)
		os.Exit(1)
	}
	os.Stdout.Write(configuration)
}
