// Engine stands in for a vLLM server inside a container: no model, but the endpoints, counters and the behaviour on
// SIGTERM that a vLLM 0.32 was seen to have. Without --shutdown-timeout open requests fall silent and stay so until
// SIGKILL or until their clients leave; with one they finish, new ones get 500, health and metrics go on.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

var buckets = []float64{0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680}

type engine struct {
	model      string
	firstToken time.Duration
	interToken time.Duration

	mu       sync.Mutex
	idle     *sync.Cond
	running  int
	draining bool
	finished map[string]int
	atMost   []int
	seconds  float64
	dead     chan struct{} // closed when the engine process is gone: whoever is served then hears nothing more
}

type request struct {
	MaxTokens     int  `json:"max_tokens"`
	Stream        bool `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

func main() {
	port := flag.Int("port", 8000, "")
	model := flag.String("served-model-name", "tiny", "")
	shutdown := flag.Int("shutdown-timeout", 0, "seconds that open requests get after SIGTERM; 0 = they fall silent")
	first := flag.Int("lastcall-ttft-ms", 50, "")
	inter := flag.Int("lastcall-itl-ms", 20, "")
	exit := flag.Int("lastcall-exit-ms", 500, "from the end of a drain to the exit")
	arguments := os.Args[1:]
	if len(arguments) > 0 && arguments[0] == "serve" { // vllm serve MODEL …
		arguments = arguments[1:]
		if len(arguments) > 0 && !strings.HasPrefix(arguments[0], "-") {
			*model = arguments[0]
			arguments = arguments[1:]
		}
	}
	flag.CommandLine.Parse(arguments)

	e := &engine{
		model:      *model,
		firstToken: time.Duration(*first) * time.Millisecond,
		interToken: time.Duration(*inter) * time.Millisecond,
		finished:   map[string]int{"stop": 0, "length": 0, "abort": 0, "error": 0, "repetition": 0},
		atMost:     make([]int, len(buckets)),
		dead:       make(chan struct{}),
	}
	e.idle = sync.NewCond(&e.mu)
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)

	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("engine %s listens on %s", e.model, listener.Addr())
	server := &http.Server{Handler: e.routes()}
	go server.Serve(listener)

	<-term
	if *shutdown > 0 {
		e.drain(time.Duration(*shutdown) * time.Second)
		time.Sleep(time.Duration(*exit) * time.Millisecond)
	}
	close(e.dead)
	listener.Close()
	e.drain(0)
}

func (e *engine) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/ping", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/version", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"version":"0.32.0"}`) })
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=1.0.0; charset=utf-8")
		fmt.Fprint(w, e.exposition())
	})
	mux.HandleFunc("/v1/models", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"object":"list","data":[{"id":"%s","object":"model","owned_by":"vllm"}]}`, e.model)
	})
	mux.HandleFunc("/v1/completions", e.complete)
	return mux
}

// drain waits until nothing runs; a limit of 0 waits for ever.
func (e *engine) drain(limit time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.draining = true
	over := false
	if limit > 0 {
		time.AfterFunc(limit, func() {
			e.mu.Lock()
			over = true
			e.idle.Broadcast()
			e.mu.Unlock()
		})
	}
	for e.running > 0 && !over {
		e.idle.Wait()
	}
}

func (e *engine) complete(w http.ResponseWriter, r *http.Request) {
	asked := request{MaxTokens: 16}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, `{"error":{"message":"bad JSON","type":"BadRequestError","code":400}}`, http.StatusBadRequest)
		return
	}
	e.mu.Lock()
	if e.draining {
		e.mu.Unlock()
		http.Error(w, `{"error":{"message":"cannot schedule new futures after shutdown","type":"InternalServerError","code":500}}`,
			http.StatusInternalServerError)
		return
	}
	e.running++
	e.mu.Unlock()
	began := time.Now()
	reason := e.generate(w, r, asked)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running--
	e.idle.Broadcast()
	if reason == "" {
		return // its client left: vLLM does not count these
	}
	e.finished[reason]++
	took := time.Since(began).Seconds()
	e.seconds += took
	for i, bound := range buckets {
		if took <= bound {
			e.atMost[i]++
		}
	}
}

func (e *engine) generate(w http.ResponseWriter, r *http.Request, asked request) string {
	flusher, _ := w.(http.Flusher)
	head := fmt.Sprintf(`{"id":"cmpl","object":"text_completion","model":"%s","choices":[`, e.model)
	usage := fmt.Sprintf(`"usage":{"prompt_tokens":1,"total_tokens":%d,"completion_tokens":%d}`, asked.MaxTokens+1, asked.MaxTokens)
	if asked.Stream {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	} else {
		w.Header().Set("Content-Type", "application/json")
	}
	for token := 1; token <= asked.MaxTokens; token++ {
		pause := e.interToken
		if token == 1 {
			pause = e.firstToken
		}
		select {
		case <-r.Context().Done():
			return ""
		case <-e.dead:
			<-r.Context().Done() // not one byte more
			return ""
		case <-time.After(pause):
		}
		if asked.Stream {
			reason := "null"
			if token == asked.MaxTokens {
				reason = `"length"`
			}
			fmt.Fprintf(w, "data: %s{\"index\":0,\"text\":\"x\",\"logprobs\":null,\"finish_reason\":%s}]}\n\n", head, reason)
			flusher.Flush()
		}
	}
	if asked.Stream {
		if asked.StreamOptions.IncludeUsage {
			fmt.Fprintf(w, "data: %s],%s}\n\n", head, usage)
		}
		fmt.Fprint(w, "data: [DONE]\n\n")
	} else {
		fmt.Fprintf(w, "%s{\"index\":0,\"text\":\"%s\",\"logprobs\":null,\"finish_reason\":\"length\"}],%s}", head,
			strings.Repeat("x", asked.MaxTokens), usage)
	}
	return "length"
}

func (e *engine) exposition() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var page strings.Builder
	labels := fmt.Sprintf(`engine="0",model_name="%s"`, e.model)
	family := func(name, kind string) { fmt.Fprintf(&page, "# TYPE vllm:%s %s\n", name, kind) }
	family("num_requests_running", "gauge")
	fmt.Fprintf(&page, "vllm:num_requests_running{%s} %d.0\n", labels, e.running)
	family("num_requests_waiting", "gauge")
	fmt.Fprintf(&page, "vllm:num_requests_waiting{%s} 0.0\n", labels)
	family("request_success_total", "counter")
	total := 0
	for _, reason := range []string{"stop", "length", "abort", "error", "repetition"} {
		total += e.finished[reason]
		fmt.Fprintf(&page, "vllm:request_success_total{engine=\"0\",finished_reason=\"%s\",model_name=\"%s\"} %d.0\n", reason,
			e.model, e.finished[reason])
	}
	family("e2e_request_latency_seconds", "histogram")
	for i, bound := range buckets {
		fmt.Fprintf(&page, "vllm:e2e_request_latency_seconds_bucket{engine=\"0\",le=\"%v\",model_name=\"%s\"} %d.0\n", bound,
			e.model, e.atMost[i])
	}
	fmt.Fprintf(&page, "vllm:e2e_request_latency_seconds_bucket{engine=\"0\",le=\"+Inf\",model_name=\"%s\"} %d.0\n", e.model, total)
	fmt.Fprintf(&page, "vllm:e2e_request_latency_seconds_count{%s} %d.0\n", labels, total)
	fmt.Fprintf(&page, "vllm:e2e_request_latency_seconds_sum{%s} %v\n", labels, e.seconds)
	return page.String()
}
