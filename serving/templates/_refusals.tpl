{{/*
What the schema can't say, because it needs two values at once. Called once, by the Deployments. Each message names the
value, says why it can't work and what would.
*/}}
{{- define "serving.refuse" -}}
{{- $name := include "serving.name" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]{0,36}[a-z0-9])?$" $name) -}}
{{- fail (printf "the name %q can't prefix the objects: 1 to 38 lower-case letters, digits and dashes, a letter first, because pods add up to 25 characters to it; set fullnameOverride" $name) -}}
{{- end -}}
{{- if eq $name "vllm" -}}
{{- fail "a Service called vllm makes Kubernetes set VLLM_PORT=tcp://… in every pod of the namespace, which vLLM takes for its own setting; choose another release name or fullnameOverride" -}}
{{- end -}}
{{- if not .Values.model.name -}}
{{- fail "model.name is empty: set it to a Hugging Face name or to a path inside the container" -}}
{{- end -}}
{{- if regexMatch "^v?[0-9]+\\.[0-9]+(\\.[0-9]+)?([-+.].*)?$" .Values.image.tag -}}
{{- if and (gt (int .Values.engine.shutdownTimeoutSeconds) 0) (semverCompare "<0.18.0-0" .Values.image.tag) -}}
{{- fail (printf "image.tag: vLLM %s has no --shutdown-timeout and cuts every request at SIGTERM; use v0.18 or newer, or set engine.shutdownTimeoutSeconds to 0" .Values.image.tag) -}}
{{- end -}}
{{- end -}}
{{- if not (or .Values.pools.spot.enabled .Values.pools.onDemand.enabled) -}}
{{- fail "pools.spot.enabled and pools.onDemand.enabled are both false: nothing would serve" -}}
{{- end -}}
{{- if and .Values.pools.spot.enabled (not .Values.pools.onDemand.enabled) (lt (int .Values.pools.spot.min) 2) (not (and .Values.batch.enabled (eq (int .Values.pools.spot.min) 0))) -}}
{{- fail (printf "pools.spot.min: %d spot replica without on-demand means an outage at each interruption (the cold start is longer than the notice); set it to 2, or enable pools.onDemand" (int .Values.pools.spot.min)) -}}
{{- end -}}
{{- range $pool, $values := .Values.pools -}}
{{- $least := int (ternary $values.min $values.base (eq $pool "spot")) -}}
{{- if lt (int $values.max) (max 1 $least) -}}
{{- fail (printf "pools.%s.max: %d is below the fewest replicas, %d" $pool (int $values.max) (max 1 $least)) -}}
{{- end -}}
{{- range $values.tolerations -}}
{{- if or (not .key) (eq .key "node.kubernetes.io/unschedulable") (eq .key "lastcall.dev/interruption") -}}
{{- fail (printf "pools.%s.tolerations: a pod that tolerates %s would be bound to the node that is being reclaimed; name the taints of your GPU nodes instead" $pool (default "everything" .key)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if .Values.pools.spot.enabled -}}
{{- if and (not .Values.cloud) (not .Values.pools.spot.nodeSelector) -}}
{{- fail "cloud is empty: without it, or pools.spot.nodeSelector, spot nodes can't be told from others and the on-demand floor could run on spot" -}}
{{- end -}}
{{- if and (eq .Values.cloud "tencent") (not .Values.pools.spot.nodeSelector) -}}
{{- fail "pools.spot.nodeSelector is empty: TKE puts no label on spot nodes; label your spot node pool and name that label here" -}}
{{- end -}}
{{- end -}}
{{- if and (not .Values.batch.enabled) (or (and .Values.pools.spot.enabled (eq (int .Values.pools.spot.min) 0) (eq (int .Values.pools.onDemand.base) 0)) (and (not .Values.pools.spot.enabled) (eq (int .Values.pools.onDemand.base) 0))) -}}
{{- fail "no pool keeps a replica (pools.spot.min and pools.onDemand.base are 0) and nothing could wake one: a request finds no engine, and metrics of no engine ask for none. Set one of them to 1, or batch.enabled" -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (not .Values.autoscaling.prometheus) -}}
{{- fail "autoscaling.prometheus is empty: KEDA asks Prometheus for the demand, for example http://prometheus-server.monitoring.svc; or set autoscaling.enabled to false for fixed replicas" -}}
{{- end -}}
{{- if gt (int .Values.engine.tensorParallel) (int .Values.gpu.count) -}}
{{- fail (printf "engine.tensorParallel: %d GPUs per replica, but gpu.count is %d" (int .Values.engine.tensorParallel) (int .Values.gpu.count)) -}}
{{- end -}}
{{- $mig := regexFind "mig-[0-9]+g\\.[0-9]+gb" .Values.gpu.resource -}}
{{- if $mig -}}
{{- $memory := int (regexFind "[0-9]+" (regexFind "\\.[0-9]+gb" $mig)) -}}
{{- if gt (mulf .Values.model.weightsGiB 1.15) (float64 $memory) -}}
{{- fail (printf "gpu.resource: %s has %d GB, but the weights need %v GiB and 15 %% beside them for the KV cache; take a larger profile or a smaller model" .Values.gpu.resource $memory .Values.model.weightsGiB) -}}
{{- end -}}
{{- if gt (int .Values.engine.tensorParallel) 1 -}}
{{- fail "engine.tensorParallel: MIG instances can't exchange data directly; use whole GPUs for a model that needs several" -}}
{{- end -}}
{{- if .Values.buffer.enabled -}}
{{- fail "buffer.enabled: doomed GPUs are counted as whole GPUs, so a buffer of MIG instances would have the wrong size" -}}
{{- end -}}
{{- end -}}
{{- range .Values.engine.extraEnv -}}
{{- if eq .name "VLLM_SERVER_DEV_MODE" -}}
{{- fail "engine.extraEnv: VLLM_SERVER_DEV_MODE opens endpoints without a key that pause the engine and run code in it" -}}
{{- end -}}
{{- end -}}
{{- $owned := dict "--port" "engine.port" "--tensor-parallel-size" "engine.tensorParallel" "--max-num-seqs" "engine.maxNumSeqs" "--gpu-memory-utilization" "engine.gpuMemoryUtilization" "--max-num-queued-reqs" "engine.maxQueuedRequests" "--shutdown-timeout" "engine.shutdownTimeoutSeconds" "--scheduling-policy" "engine.schedulingPolicy" "--served-model-name" "model.servedName" "--revision" "model.revision" "--model" "model.name" "--api-key" "apiKey.secretName" -}}
{{- range .Values.engine.extraArgs -}}
{{- $flag := regexFind "^--[a-z-]+" . -}}
{{- if hasKey $owned $flag -}}
{{- fail (printf "engine.extraArgs: %s has a value of its own, %s, from which other settings follow" $flag (get $owned $flag)) -}}
{{- end -}}
{{- end -}}
{{- if eq .Values.cache.mode "image" -}}
{{- if not .Values.cache.image -}}
{{- fail "cache.image is empty: with cache.mode image it names the OCI image that holds the model" -}}
{{- end -}}
{{- if semverCompare "<1.33.0-0" .Capabilities.KubeVersion.Version -}}
{{- fail (printf "cache.mode image needs Kubernetes 1.35 (or 1.33 with the gate ImageVolume), this is %s; use pvc" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- end -}}
{{- if eq .Values.cache.mode "pvc" -}}
{{- if and (eq .Values.cache.accessMode "ReadWriteOnce") (not (and (eq (int .Values.pools.spot.max) 1) (not .Values.pools.onDemand.enabled))) -}}
{{- fail "cache.accessMode: a ReadWriteOnce volume attaches to one node, replicas on a second node would stay Pending; use ReadWriteMany, or cache.mode image, hostPath or none" -}}
{{- end -}}
{{- if and (eq .Values.cache.accessMode "ReadOnlyMany") (not .Values.cache.existingClaim) -}}
{{- fail "cache.accessMode: nobody could fill a new ReadOnlyMany volume; name a filled one in cache.existingClaim" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.inferencePool.enabled (not .Values.inferencePool.endpointPicker) -}}
{{- fail "inferencePool.endpointPicker is empty: an InferencePool names the Service of its endpoint picker" -}}
{{- end -}}
{{- if .Values.batch.enabled -}}
{{- if not .Values.batch.image.repository -}}
{{- fail "batch.image.repository is empty: no public registry holds the batch worker. Build its image with `make image VARIANT=jvm` (lastcall/lastcall-worker:VERSION-jvm), push it to your registry, name it here and set batch.image.tag" -}}
{{- end -}}
{{- if not (or .Values.batch.redis.address .Values.redis.tryOut) -}}
{{- fail "batch.redis.address is empty: host:port of your Redis, or redis.tryOut=true for one to try out" -}}
{{- end -}}
{{- end -}}
{{- end -}}
