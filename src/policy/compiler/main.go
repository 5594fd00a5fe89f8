// The policy compiler: Open Policy Agent's own packages behind one JSON request on stdin and one JSON answer on stdout.
// It opens no file and no connection; the caller sends the sources, so one program serves WASI and native alike.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/version"
)

// maxRequestBytes bounds the sources of one policy directory.
const maxRequestBytes = 64 << 20

// maxErrors bounds how many errors one answer lists.
const maxErrors = 50

// request is one command over sources by path, relative to the policy directory, with forward slashes.
type request struct {
	Command      string                     `json:"command"`
	Files        map[string]string          `json:"files"`
	Schemas      map[string]json.RawMessage `json:"schemas"`
	Capabilities json.RawMessage            `json:"capabilities"`
	Entrypoints  []string                   `json:"entrypoints"`
	// RegoVersion is v0 or v1 where others wrote the rules; ours are v1.
	RegoVersion string `json:"rego_version"`
	// Builtins are those that the caller has beside the runtime's.
	Builtins []string `json:"builtins"`
	// Bench is for the benchmark's build only.
	Bench json.RawMessage `json:"bench"`
}

// answer holds what the command found; errors are data, so that a caller never parses a message.
type answer struct {
	Version   string            `json:"version"`
	Errors    []problem         `json:"errors"`
	Wasm      []byte            `json:"wasm,omitempty"`
	Policies  []inspected       `json:"policies,omitempty"`
	Own       *ownRego          `json:"own,omitempty"`
	Tests     []testResult      `json:"tests,omitempty"`
	Coverage  *coverage         `json:"coverage,omitempty"`
	Formatted map[string]string `json:"formatted,omitempty"`
}

// problem is one error at one place of one source.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
}

func main() {
	var req request
	out := answer{Version: version.Version, Errors: []problem{}}
	if err := json.NewDecoder(io.LimitReader(os.Stdin, maxRequestBytes)).Decode(&req); err != nil {
		out.fail(fmt.Errorf("expected a JSON request of at most %d bytes, got: %w", maxRequestBytes, err))
	} else {
		run(req, &out)
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(req request, out *answer) {
	switch req.Command {
	case "version":
	case "check":
		check(req, out)
	case "build":
		build(req, out)
	case "own":
		own(req, out)
	case "test":
		test(req, out)
	case "format":
		formatFiles(req, out)
	default:
		if !runExtra(req) {
			out.fail(fmt.Errorf("expected a known command, got %q", req.Command))
		}
	}
	sort.SliceStable(out.Errors, func(i, j int) bool {
		a, b := out.Errors[i], out.Errors[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Message < b.Message
	})
}

// fail records an error, taking OPA's lists apart.
func (out *answer) fail(err error) {
	var list ast.Errors
	var one *ast.Error
	switch {
	case errors.As(err, &list):
		for _, e := range list {
			out.add(e)
		}
	case errors.As(err, &one):
		out.add(one)
	default:
		out.Errors = append(out.Errors, problem{Code: "error", Message: err.Error()})
	}
}

func (out *answer) add(e *ast.Error) {
	if len(out.Errors) >= maxErrors {
		return
	}
	message := e.Message
	if e.Details != nil {
		lines := e.Details.Lines()
		for i := range lines {
			lines[i] = strings.TrimSpace(lines[i])
		}
		message += ": " + strings.Join(lines, " ")
	}
	out.Errors = append(out.Errors, at(e.Location, e.Code, message))
}

// at makes a problem at a location, which may be missing.
func at(loc *ast.Location, code, message string) problem {
	p := problem{Code: code, Message: message}
	if loc != nil {
		p.File, p.Line, p.Column = loc.File, loc.Row, loc.Col
	}
	return p
}
