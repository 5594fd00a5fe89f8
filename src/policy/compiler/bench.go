//go:build bench

package main

// The benchmark's counterpart: OPA's own evaluator over the same sources and inputs. Never part of the shipped compiler.

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

type benchRequest struct {
	Files map[string]string `json:"files"`
	// Params by tier, and under "untiered" for subjects without one.
	Params  map[string]any `json:"params"`
	Kinds   []string       `json:"kinds"`
	Inputs  string         `json:"inputs"`
	Workers int            `json:"workers"`
}

// runExtra evaluates every line of a file of subjects and prints the seconds that it took, parsing and printing
// included, as the product's own figure does.
func runExtra(req request) bool {
	if req.Command != "bench" {
		return false
	}
	var b benchRequest
	if err := json.Unmarshal(req.Bench, &b); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	measured, err := bench(b)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("{\"wall_s\":%f,\"cpu_s\":%f}\n", measured.wall, measured.cpu)
	os.Exit(0)
	return true
}

// cost of a run in seconds.
type cost struct{ wall, cpu float64 }

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

type queries map[string]rego.PreparedEvalQuery

func bench(req benchRequest) (cost, error) {
	runtime.GOMAXPROCS(req.Workers)
	ctx := context.Background()
	prepared := queries{}
	for _, kind := range req.Kinds {
		for tier, params := range req.Params {
			options := []func(*rego.Rego){
				rego.Query("data.countersign." + kind),
				rego.Store(inmem.NewFromObject(map[string]any{"params": params})),
				rego.SetRegoVersion(ast.RegoV1),
			}
			for path, text := range req.Files {
				options = append(options, rego.Module(path, text))
			}
			query, err := rego.New(options...).PrepareForEval(ctx)
			if err != nil {
				return cost{}, err
			}
			prepared[kind+"/"+tier] = query
		}
	}
	lines, err := readLines(req.Inputs)
	if err != nil {
		return cost{}, err
	}
	begin, cpuBefore := time.Now(), cpuSeconds()
	var group sync.WaitGroup
	failures := make(chan error, req.Workers)
	for worker := range req.Workers {
		group.Go(func() {
			for i := worker; i < len(lines); i += req.Workers {
				if err := evalLine(ctx, prepared, lines[i]); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	group.Wait()
	close(failures)
	return cost{wall: time.Since(begin).Seconds(), cpu: cpuSeconds() - cpuBefore}, <-failures
}

func evalLine(ctx context.Context, prepared queries, line []byte) error {
	var subject map[string]any
	if err := json.Unmarshal(line, &subject); err != nil {
		return err
	}
	tier, ok := subject["tier"].(string)
	if !ok {
		tier = "untiered"
	}
	query := prepared[subject["kind"].(string)+"/"+tier]
	results, err := query.Eval(ctx, rego.EvalInput(map[string]any{"subject": subject}))
	if err != nil {
		return err
	}
	if len(results) != 1 {
		return fmt.Errorf("expected one result, got %d", len(results))
	}
	_, err = json.Marshal(results[0].Expressions[0].Value)
	return err
}

func readLines(path string) ([][]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := [][]byte{}
	scanner := bufio.NewScanner(file)
	scanner.Buffer(make([]byte, 1<<20), 1<<20)
	for scanner.Scan() {
		lines = append(lines, append([]byte{}, scanner.Bytes()...))
	}
	return lines, scanner.Err()
}
