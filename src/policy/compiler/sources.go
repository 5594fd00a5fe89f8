package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

const testSuffix = "_test.rego"

// parse gives the modules by path; with tests or without.
func parse(req request, caps *ast.Capabilities, tests bool, out *answer) map[string]*ast.Module {
	options := ast.ParserOptions{RegoVersion: ast.RegoV1, ProcessAnnotation: true, Capabilities: caps}
	modules := map[string]*ast.Module{}
	for _, path := range util.KeysSorted(req.Files) {
		if strings.HasSuffix(path, testSuffix) && !tests {
			continue
		}
		module, err := ast.ParseModuleWithOpts(path, req.Files[path], options)
		if err != nil {
			out.fail(err)
			continue
		}
		if module == nil {
			out.Errors = append(out.Errors, problem{Code: "rego_parse_error", Message: "expected a package, got an empty file", File: path, Line: 1, Column: 1})
			continue
		}
		modules[path] = module
	}
	return modules
}

// capabilities are what the Wasm runtime offers: an unsupported builtin fails here and not in an assessment.
func capabilities(req request) (*ast.Capabilities, error) {
	caps, err := ast.LoadCapabilitiesJSON(bytes.NewReader(req.Capabilities))
	if err != nil {
		return nil, fmt.Errorf("expected capabilities as JSON: %w", err)
	}
	return caps, nil
}

// testCapabilities are OPA's own, without whatever reaches beyond the evaluation: network, clock, environment, randomness.
func testCapabilities() *ast.Capabilities {
	caps := ast.CapabilitiesForThisVersion()
	caps.Builtins = slices.DeleteFunc(caps.Builtins, func(b *ast.Builtin) bool { return b.Nondeterministic })
	caps.AllowNet = []string{}
	return caps
}

func schemaSet(req request) (*ast.SchemaSet, map[string]any, error) {
	set := ast.NewSchemaSet()
	raw := map[string]any{}
	for _, name := range util.KeysSorted(req.Schemas) {
		var schema any
		if err := util.UnmarshalJSON(req.Schemas[name], &schema); err != nil {
			return nil, nil, fmt.Errorf("expected schemas/%s.json to be JSON: %w", name, err)
		}
		raw[name] = schema
		set.Put(ast.SchemaRootRef.Append(ast.StringTerm(name)), schema)
	}
	return set, raw, nil
}

// compileChecked compiles strictly with types from the schemas; nil after errors.
func compileChecked(modules map[string]*ast.Module, caps *ast.Capabilities, set *ast.SchemaSet, out *answer) *ast.Compiler {
	compiler := ast.NewCompiler().
		SetErrorLimit(maxErrors).
		WithCapabilities(caps).
		WithSchemas(set).
		WithStrict(true).
		WithUseTypeCheckAnnotations(true).
		WithEnablePrintStatements(true)
	if compiler.Compile(modules); compiler.Failed() {
		out.fail(compiler.Errors)
		return nil
	}
	return compiler
}
