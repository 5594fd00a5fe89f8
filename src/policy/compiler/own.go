package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/compile"
	"github.com/open-policy-agent/opa/v1/util"
)

// ownPackage is the package of the rules that ask all rules of a namespace in one call.
const ownPackage = "countersign_own_rego"

// decisive are the rules that conftest asks, and the one that exempts from them.
var decisive = regexp.MustCompile(`^((deny|violation|warn)(_[a-zA-Z0-9]+)*|exception)$`)

// ownRule is one definition of a rule; a name that is defined several times is there as often.
type ownRule struct {
	Package string `json:"package"`
	Name    string `json:"name"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	// Entrypoint answers for all rules of the package.
	Entrypoint  string `json:"entrypoint"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
}

// ownRego is what the caller needs to ask rules that others wrote for conftest.
type ownRego struct {
	Packages []string  `json:"packages"`
	Rules    []ownRule `json:"rules"`
	// FileInfo says whether any rule reads data.conftest.
	FileInfo bool `json:"file_info"`
}

// own compiles the rules that others wrote for conftest to Wasm, with one entrypoint for each package that has any.
func own(req request, out *answer) {
	caps, err := capabilities(req)
	if err != nil {
		out.fail(err)
		return
	}
	for _, b := range ast.Builtins {
		if slices.Contains(req.Builtins, b.Name) && !slices.ContainsFunc(caps.Builtins, func(has *ast.Builtin) bool { return has.Name == b.Name }) {
			caps.Builtins = append(caps.Builtins, b)
		}
	}
	caps.Builtins = append(caps.Builtins, &ast.Builtin{Name: ownSprintf, Decl: ast.Sprintf.Decl})
	version, err := regoVersion(req.RegoVersion)
	if err != nil {
		out.fail(err)
		return
	}
	modules := map[string]*ast.Module{}
	for _, path := range util.KeysSorted(req.Files) {
		// With what OPA has, so that a builtin that Wasm lacks is told with its place and not as a slip of the language.
		options := ast.ParserOptions{RegoVersion: version, ProcessAnnotation: true}
		module, err := ast.ParseModuleWithOpts(path, req.Files[path], options)
		switch {
		case err != nil:
			out.fail(err)
		case module == nil:
			out.Errors = append(out.Errors, problem{Code: "rego_parse_error", Message: "expected a package, got an empty file", File: path, Line: 1, Column: 1})
		default:
			modules[path] = module
		}
	}
	if len(out.Errors) > 0 {
		return
	}
	found := ownRego{Packages: []string{}, Rules: []ownRule{}}
	for _, path := range util.KeysSorted(modules) {
		found.add(path, modules[path], out)
		if strings.HasSuffix(path, testSuffix) {
			delete(modules, path)
			continue
		}
		useOwnSprintf(modules[path])
	}
	out.Own = &found
	if len(out.Errors) > 0 || len(found.Rules) == 0 {
		return
	}
	out.Wasm = ownWasm(req, found, terms{modules, caps, version}, out)
}

// ownSprintf prints lists and objects, too, which the runtime's does not.
const ownSprintf = "countersign_sprintf"

// useOwnSprintf renames the calls of the builtin, unless the module has a rule of that name.
func useOwnSprintf(module *ast.Module) {
	for _, rule := range module.Rules {
		if rule.Head.Ref()[0].Value.Compare(ast.Var(ast.Sprintf.Name)) == 0 {
			return
		}
	}
	walkRefs(module.Rules, func(ref ast.Ref) {
		if len(ref) == 1 && ref[0].Value.Compare(ast.Var(ast.Sprintf.Name)) == 0 {
			ref[0] = ast.NewTerm(ast.Var(ownSprintf)).SetLocation(ref[0].Location)
		}
	})
}

func regoVersion(said string) (ast.RegoVersion, error) {
	switch said {
	case "", "v1":
		return ast.RegoV1, nil
	case "v0":
		return ast.RegoV0, nil
	}
	return ast.RegoUndefined, fmt.Errorf("expected the Rego version v0 or v1, got %q", said)
}

func (o *ownRego) add(path string, module *ast.Module, out *answer) {
	name := strings.TrimPrefix(module.Package.Path.String(), "data.")
	test := strings.HasSuffix(path, testSuffix)
	if !test && !slices.Contains(o.Packages, name) {
		o.Packages = append(o.Packages, name)
	}
	for _, rule := range module.Rules {
		ref := rule.Head.Ref()
		head, ok := ref[0].Value.(ast.Var)
		if !ok || !decisive.MatchString(string(head)) || rule.Default {
			continue
		}
		if test {
			out.Errors = append(out.Errors, at(rule.Location, "policy_test",
				fmt.Sprintf("expected rules that decide in files that are no tests, got %s", head)))
			continue
		}
		one := ownRule{Package: name, Name: string(head), File: path, Line: rule.Location.Row, Entrypoint: o.entrypoint(name)}
		for _, annotations := range rule.Annotations {
			if one.Title == "" {
				one.Title, one.Description = annotations.Title, annotations.Description
			}
		}
		if len(rule.Head.Args) > 0 {
			out.Errors = append(out.Errors, at(rule.Location, "policy_rule",
				fmt.Sprintf("expected %s to be a set of results, got a function", head)))
			continue
		}
		o.Rules = append(o.Rules, one)
	}
	if test {
		return
	}
	walkRefs(module.Rules, func(ref ast.Ref) {
		// `data[x]` may be it, too.
		if ref.HasPrefix(ast.DefaultRootRef) && (len(ref) == 1 || !ref[1].IsGround() || ref[1].Equal(ast.StringTerm("conftest"))) {
			o.FileInfo = true
		}
	})
	for _, imported := range module.Imports {
		if ref, ok := imported.Path.Value.(ast.Ref); ok && len(ref) > 1 && ref[1].Equal(ast.StringTerm("conftest")) {
			o.FileInfo = true
		}
	}
}

func (o *ownRego) entrypoint(name string) string {
	for _, rule := range o.Rules {
		if rule.Package == name {
			return rule.Entrypoint
		}
	}
	seen := map[string]bool{}
	for _, rule := range o.Rules {
		seen[rule.Package] = true
	}
	return fmt.Sprintf("%s/namespace_%d", ownPackage, len(seen))
}

type terms struct {
	modules map[string]*ast.Module
	caps    *ast.Capabilities
	version ast.RegoVersion
}

func ownWasm(req request, found ownRego, t terms, out *answer) []byte {
	entrypoints := []string{}
	lines := []string{"package " + ownPackage}
	asked := map[string]bool{}
	for _, rule := range found.Rules {
		if !slices.Contains(entrypoints, rule.Entrypoint) {
			entrypoints = append(entrypoints, rule.Entrypoint)
		}
		ref := "data." + rule.Package + "." + rule.Name
		if asked[ref] {
			continue
		}
		asked[ref] = true
		name := strings.TrimPrefix(rule.Entrypoint, ownPackage+"/")
		body := "if { true }"
		if t.version == ast.RegoV0 {
			body = "{ true }"
		}
		lines = append(lines, fmt.Sprintf("%s[%q] := %s %s", name, rule.Name, ref, body))
	}
	const path = "countersign/own_rego.rego"
	text := strings.Join(lines, "\n") + "\n"
	asking, err := ast.ParseModuleWithOpts(path, text, ast.ParserOptions{RegoVersion: t.version})
	if err != nil {
		out.fail(err)
		return nil
	}
	b := bundle.Bundle{Data: map[string]any{}}
	b.Manifest.Init()
	b.SetRegoVersion(t.version)
	b.Modules = append(b.Modules, bundle.ModuleFile{URL: path, Path: path, Parsed: asking, Raw: []byte(text)})
	for _, path := range util.KeysSorted(t.modules) {
		file := bundle.ModuleFile{URL: path, Path: path, Parsed: t.modules[path], Raw: []byte(req.Files[path])}
		b.Modules = append(b.Modules, file)
	}
	compiler := compile.New().
		WithTarget(compile.TargetWasm).
		WithRegoVersion(t.version).
		WithCapabilities(t.caps).
		WithEntrypoints(entrypoints...).
		WithPruneUnused(true).
		WithBundle(&b)
	if err := compiler.Build(context.Background()); err != nil {
		out.fail(err)
		return nil
	}
	return compiler.Bundle().WasmModules[0].Raw
}
