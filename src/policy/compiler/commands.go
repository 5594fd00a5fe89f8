package main

import (
	"context"
	"runtime"
	"sort"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/compile"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/util"
)

// testTimeout bounds one test.
const testTimeout = 10 * time.Second

// eventsPerYield is how many steps of an evaluation pass between two looks at the time.
const eventsPerYield = 1 << 12

// check compiles the policies with what Wasm supports, then the tests with what tests may use, and inspects every policy.
func check(req request, out *answer) {
	caps, err := capabilities(req)
	if err != nil {
		out.fail(err)
		return
	}
	set, raw, err := schemaSet(req)
	if err != nil {
		out.fail(err)
		return
	}
	modules := parse(req, caps, false, out)
	if len(out.Errors) > 0 {
		return
	}
	if compiler := compileChecked(modules, caps, set, out); compiler != nil {
		out.Policies = inspect(compiler.Modules, raw, out)
	}
	forTests := testCapabilities()
	withTests := parse(req, forTests, true, out)
	if len(out.Errors) == 0 {
		compileChecked(withTests, forTests, set, out)
	}
}

// build compiles the policies, without their tests, to Wasm with the entrypoints asked for.
func build(req request, out *answer) {
	caps, err := capabilities(req)
	if err != nil {
		out.fail(err)
		return
	}
	modules := parse(req, caps, false, out)
	if len(out.Errors) > 0 {
		return
	}
	b := bundle.Bundle{Data: map[string]any{}}
	b.Manifest.Init()
	b.SetRegoVersion(ast.RegoV1)
	for _, path := range util.KeysSorted(modules) {
		file := bundle.ModuleFile{URL: path, Path: path, Parsed: modules[path], Raw: []byte(req.Files[path])}
		b.Modules = append(b.Modules, file)
	}
	compiler := compile.New().
		WithTarget(compile.TargetWasm).
		WithRegoVersion(ast.RegoV1).
		WithCapabilities(caps).
		WithEntrypoints(req.Entrypoints...).
		WithPruneUnused(true).
		WithBundle(&b)
	if err := compiler.Build(context.Background()); err != nil {
		out.fail(err)
		return
	}
	out.Wasm = compiler.Bundle().WasmModules[0].Raw
}

type testResult struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Package string `json:"package"`
	Name    string `json:"name"`
	// Result is pass, fail, skip or error.
	Result  string `json:"result"`
	Message string `json:"message,omitempty"`
	Output  string `json:"output,omitempty"`
}

type coverage struct {
	Percent float64                 `json:"percent"`
	Files   map[string]fileCoverage `json:"files"`
}

type fileCoverage struct {
	Percent float64 `json:"percent"`
	// NotCovered lists [first line, last line].
	NotCovered [][2]int `json:"not_covered"`
}

// yielding traces coverage, and lets timers run in between: WASI has one thread, and nothing interrupts an evaluation, so
// that a test without an end would never time out.
type yielding struct {
	*cover.Cover
	events int
}

func (y *yielding) TraceEvent(event topdown.Event) {
	if y.events++; y.events%eventsPerYield == 0 {
		runtime.Gosched()
	}
	y.Cover.TraceEvent(event)
}

// test runs every rule named test_… with line coverage of the policies.
func test(req request, out *answer) {
	forTests := testCapabilities()
	modules := parse(req, forTests, true, out)
	if len(out.Errors) > 0 {
		return
	}
	ctx := context.Background()
	store := inmem.New()
	txn, err := store.NewTransaction(ctx, storage.WriteParams)
	if err != nil {
		out.fail(err)
		return
	}
	defer store.Abort(ctx, txn)
	covered := cover.New()
	compiler := ast.NewCompiler().
		WithCapabilities(forTests).
		WithEnablePrintStatements(true).
		WithDefaultRegoVersion(ast.RegoV1)
	results, err := tester.NewRunner().
		SetCompiler(compiler).
		SetDefaultRegoVersion(ast.RegoV1).
		SetStore(store).
		SetModules(modules).
		SetParallel(1).
		SetTimeout(testTimeout).
		CapturePrintOutput(true).
		RaiseBuiltinErrors(true).
		SetCoverageQueryTracer(&yielding{Cover: covered}).
		RunTests(ctx, txn)
	if err != nil {
		out.fail(err)
		return
	}
	out.Tests = []testResult{}
	for result := range results {
		out.Tests = append(out.Tests, summary(result))
	}
	sort.Slice(out.Tests, func(i, j int) bool {
		a, b := out.Tests[i], out.Tests[j]
		return a.Package+"\x00"+a.Name < b.Package+"\x00"+b.Name
	})
	out.Coverage = coverageOf(covered, modules)
}

func summary(result *tester.Result) testResult {
	t := testResult{Package: result.Package, Name: result.Name, Result: "pass", Output: string(result.Output)}
	if result.Location != nil {
		t.File, t.Line = result.Location.File, result.Location.Row
	}
	switch {
	case topdown.IsCancel(result.Error):
		t.Result, t.Message = "error", "no end within "+testTimeout.String()
	case result.Error != nil:
		t.Result, t.Message = "error", result.Error.Error()
	case result.Skip:
		t.Result = "skip"
	case result.Fail:
		t.Result = "fail"
		if result.FailedAt != nil {
			t.Message = "failed at " + result.FailedAt.Location.String()
		}
	}
	return t
}

func coverageOf(covered *cover.Cover, modules map[string]*ast.Module) *coverage {
	policies := map[string]*ast.Module{}
	for path, module := range modules {
		if !strings.HasSuffix(path, testSuffix) {
			policies[path] = module
		}
	}
	report := covered.Report(policies)
	result := coverage{Files: map[string]fileCoverage{}}
	lines, hit := 0, 0
	for path, file := range report.Files {
		if _, isPolicy := policies[path]; !isPolicy {
			continue
		}
		missed := [][2]int{}
		for _, span := range file.NotCovered {
			missed = append(missed, [2]int{span.Start.Row, span.End.Row})
		}
		result.Files[path] = fileCoverage{Percent: file.Coverage, NotCovered: missed}
		lines += file.CoveredLines + file.NotCoveredLines
		hit += file.CoveredLines
	}
	if lines > 0 {
		result.Percent = 100 * float64(hit) / float64(lines)
	}
	return &result
}

// formatFiles gives the canonical text of every file that is not in it already.
func formatFiles(req request, out *answer) {
	out.Formatted = map[string]string{}
	for _, path := range util.KeysSorted(req.Files) {
		text, err := format.SourceWithOpts(path, []byte(req.Files[path]), format.Opts{RegoVersion: ast.RegoV1})
		if err != nil {
			out.fail(err)
			continue
		}
		if string(text) != req.Files[path] {
			out.Formatted[path] = string(text)
		}
	}
}
