package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

// inspected is what the caller needs to validate one policy and to make its catalogue entry.
type inspected struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Package string `json:"package"`
	// Annotations of the package, as OPA gives them; missing when there are none.
	Annotations *ast.Annotations `json:"annotations,omitempty"`
	// Rules by name: boolean, set, or other.
	Rules map[string]string `json:"rules"`
	// Params that are read as data.params.<policy_id>.<name>.
	Params []string `json:"params"`
}

func inspect(modules map[string]*ast.Module, schemas map[string]any, out *answer) []inspected {
	found := []inspected{}
	for _, path := range util.KeysSorted(modules) {
		module := modules[path]
		if isLibrary(path) {
			checkLibrary(module, out)
			continue
		}
		p := inspected{
			File:    path,
			Line:    module.Package.Location.Row,
			Package: strings.TrimPrefix(module.Package.Path.String(), "data."),
			Rules:   map[string]string{},
		}
		for _, annotations := range module.Annotations {
			if annotations.Scope == "package" {
				p.Annotations = annotations
			}
		}
		for _, rule := range module.Rules {
			p.addRule(rule, out)
		}
		p.Params = readParams(module, out)
		checkApplicable(module, schemas, out)
		found = append(found, p)
	}
	return found
}

// libraryFolder holds functions that policies share; its files are no policies.
const libraryFolder = "lib/"

func isLibrary(path string) bool {
	return strings.HasPrefix(path, libraryFolder)
}

// library is where the packages of that folder stand.
var library = ast.MustParseRef("data.countersign.lib")

// checkLibrary refuses what a function must not know: it gives the same for the same arguments. What a policy reads is
// then all in the policy itself.
func checkLibrary(module *ast.Module, out *answer) {
	own := module.Package.Path
	refuse := func(loc *ast.Location, got string) {
		out.Errors = append(out.Errors, at(loc, "policy_library",
			fmt.Sprintf("expected the package countersign.lib.<name>, and functions that read their arguments and it alone, got %s", got)))
	}
	if len(own) != len(library)+1 || !own.HasPrefix(library) {
		refuse(module.Package.Location, "package "+strings.TrimPrefix(own.String(), "data."))
	}
	walkRefs(module.Rules, func(ref ast.Ref) {
		if ref.HasPrefix(ast.InputRootRef) || ref.HasPrefix(ast.DefaultRootRef) && !ref.HasPrefix(own) {
			refuse(ref[0].Location, ref.String())
		}
	})
}

func (p *inspected) addRule(rule *ast.Rule, out *answer) {
	name := rule.Head.Ref()[0].Value.String()
	kind := "other"
	switch {
	case len(rule.Head.Args) > 0 || len(rule.Head.Ref()) > 1:
	case rule.Head.RuleKind() == ast.MultiValue:
		kind = "set"
	case isBoolean(rule):
		kind = "boolean"
	}
	if known, ok := p.Rules[name]; ok && known != kind {
		kind = "other"
	}
	p.Rules[name] = kind
	if name == "compliant" || name == "applicable" {
		if rule.Default && !rule.Head.Value.Equal(ast.BooleanTerm(false)) {
			out.Errors = append(out.Errors, at(rule.Location, "policy_default",
				fmt.Sprintf("expected the default of %s to be false, got %s: what is not known proves nothing", name, rule.Head.Value)))
		}
	}
}

// isBoolean says whether a rule and its else branches can only be true or false by their heads.
func isBoolean(rule *ast.Rule) bool {
	for r := rule; r != nil; r = r.Else {
		if _, ok := r.Head.Value.Value.(ast.Boolean); !ok {
			return false
		}
	}
	return true
}

// readParams lists the parameters of the module's own policy that it reads, and refuses every other read of data.
func readParams(module *ast.Module, out *answer) []string {
	own := module.Package.Path
	id, _ := own[len(own)-1].Value.(ast.String)
	names := []string{}
	refuse := func(ref ast.Ref, expected string) {
		out.Errors = append(out.Errors, at(ref[0].Location, "policy_data",
			fmt.Sprintf("expected a read of %s, got %s", expected, ref)))
	}
	walkRefs(module.Rules, func(ref ast.Ref) {
		if !ref.HasPrefix(ast.DefaultRootRef) || ref.HasPrefix(own) && len(ref) > len(own) || ref.HasPrefix(library) {
			return
		}
		isParam := len(ref) > 1 && ref[1].Equal(ast.StringTerm("params"))
		if !isParam {
			refuse(ref, "input, data.params, data.countersign.lib or the policy's own rules")
			return
		}
		if len(ref) < 4 || !ref[2].Equal(ast.StringTerm(string(id))) {
			refuse(ref, fmt.Sprintf("data.params.%s.<name>", string(id)))
			return
		}
		name, constant := ref[3].Value.(ast.String)
		if !constant {
			refuse(ref, fmt.Sprintf("data.params.%s.<name>", string(id)))
			return
		}
		if !slices.Contains(names, string(name)) {
			names = append(names, string(name))
		}
	})
	slices.Sort(names)
	return names
}

// walkRefs visits every reference in the rules, heads and else branches included, but not the names of the rules.
func walkRefs(rules []*ast.Rule, visit func(ast.Ref)) {
	visitor := ast.NewGenericVisitor(nil)
	visitor = ast.NewGenericVisitor(func(node any) bool {
		switch x := node.(type) {
		case *ast.Head:
			for _, part := range []*ast.Term{x.Key, x.Value} {
				if part != nil {
					visitor.Walk(part)
				}
			}
			return true
		case ast.Ref:
			visit(x)
		}
		return false
	})
	for _, rule := range rules {
		visitor.Walk(rule)
	}
}
