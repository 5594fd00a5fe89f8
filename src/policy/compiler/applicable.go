package main

import (
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// maxSchemaDepth bounds the walk through a schema that refers to itself.
const maxSchemaDepth = 32

// value is something read from the input: its path for messages, and the schemas it may have.
type value struct {
	path    string
	schemas []map[string]any
}

// reader checks one policy: `applicable`, and every rule that it uses, reads only what the schema requires. A missing
// optional field would otherwise turn "not known" into "not applicable".
type reader struct {
	module  *ast.Module
	root    value
	schema  map[string]any
	visited map[string]bool
	out     *answer
}

func checkApplicable(module *ast.Module, schemas map[string]any, out *answer) {
	path := module.Package.Path
	if len(path) != 4 {
		return // not a policy's package; the caller refuses it by its path
	}
	subject, _ := path[2].Value.(ast.String)
	schema, ok := schemas[string(subject)].(map[string]any)
	if !ok {
		return // the caller says that the schema is missing
	}
	r := reader{module: module, schema: schema, visited: map[string]bool{}, out: out}
	r.root = value{path: "input", schemas: r.alternatives(schema, 0)}
	r.follow("applicable")
}

// follow checks all rules of one name, once.
func (r *reader) follow(name string) {
	if r.visited[name] {
		return
	}
	r.visited[name] = true
	for _, rule := range r.module.Rules {
		if rule.Head.Ref()[0].Value.String() != name {
			continue
		}
		aliases := r.aliases(rule)
		r.checkReads(rule, aliases)
		r.checkWholeValues(rule, aliases)
	}
}

// aliases are the variables that stand for a value of the input: assigned, unified, or iterated over.
func (r *reader) aliases(rule *ast.Rule) map[ast.Var]value {
	known := map[ast.Var]value{}
	bind := func(variable, term *ast.Term) {
		name, isVar := variable.Value.(ast.Var)
		if _, bound := known[name]; !isVar || bound {
			return
		}
		if v, err := r.resolve(term, known); err == nil && v != nil {
			known[name] = *v
		}
	}
	for before := -1; before != len(known); {
		before = len(known)
		ast.WalkExprs(rule, func(expr *ast.Expr) bool {
			if expr.IsEquality() {
				bind(expr.Operand(0), expr.Operand(1))
				bind(expr.Operand(1), expr.Operand(0))
			}
			if every, ok := expr.Terms.(*ast.Every); ok {
				element := ast.VarTerm("")
				if domain, err := r.resolve(every.Domain, known); err == nil && domain != nil {
					if name, isVar := every.Value.Value.(ast.Var); isVar {
						if v, err := r.step(*domain, element); err == nil {
							known[name] = *v
						}
					}
				}
			}
			return false
		})
	}
	return known
}

// resolve gives the value that a term stands for; nil when it does not come from the input.
func (r *reader) resolve(term *ast.Term, known map[ast.Var]value) (*value, error) {
	switch x := term.Value.(type) {
	case ast.Var:
		if v, ok := known[x]; ok {
			return &v, nil
		}
		if x.Equal(ast.InputRootDocument.Value) {
			return &r.root, nil
		}
	case ast.Ref:
		v, err := r.resolve(x[0], known)
		for _, part := range x[1:] {
			if err != nil || v == nil {
				break
			}
			v, err = r.step(*v, part)
		}
		return v, err
	}
	return nil, nil
}

// step reads one field or element; an error when the schema does not promise it.
func (r *reader) step(from value, part *ast.Term) (*value, error) {
	next := value{path: from.path + "[]"}
	name, constant := part.Value.(ast.String)
	if constant {
		next.path = from.path + "." + string(name)
	}
	for _, schema := range from.schemas {
		child, required := member(schema, string(name), constant)
		if !required {
			return nil, fmt.Errorf("expected applicable to read only fields that the schema requires, got %s, which is optional", next.path)
		}
		next.schemas = append(next.schemas, r.alternatives(child, 0)...)
	}
	return &next, nil
}

// member is the schema of a field or element, and whether the schema promises it. Elements of an array and entries of
// a map count as promised: where the container was read, their absence is a fact.
func member(schema map[string]any, name string, constant bool) (any, bool) {
	if items, ok := schema["items"]; ok {
		return items, !constant
	}
	properties, _ := schema["properties"].(map[string]any)
	if child, ok := properties[name]; constant && ok {
		return child, requires(schema, name)
	}
	if patterns, ok := schema["patternProperties"].(map[string]any); ok && len(properties) == 0 && len(patterns) == 1 {
		for _, child := range patterns {
			return child, true
		}
	}
	entries, isMap := schema["additionalProperties"].(map[string]any)
	return entries, isMap && len(properties) == 0
}

func requires(schema map[string]any, name string) bool {
	required, _ := schema["required"].([]any)
	for _, field := range required {
		if field == name {
			return true
		}
	}
	return false
}

// alternatives resolves references and unions into plain schemas.
func (r *reader) alternatives(raw any, depth int) []map[string]any {
	schema, ok := raw.(map[string]any)
	if !ok || depth > maxSchemaDepth {
		return []map[string]any{{}}
	}
	if pointer, ok := schema["$ref"].(string); ok {
		return r.alternatives(r.pointed(pointer), depth+1)
	}
	for _, union := range []string{"anyOf", "oneOf"} {
		if members, ok := schema[union].([]any); ok {
			all := []map[string]any{}
			for _, m := range members {
				all = append(all, r.alternatives(m, depth+1)...)
			}
			return all
		}
	}
	return []map[string]any{schema}
}

// pointed follows a JSON pointer into the same schema.
func (r *reader) pointed(pointer string) any {
	var at any = r.schema
	for _, key := range strings.Split(strings.TrimPrefix(pointer, "#/"), "/") {
		object, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = object[key]
	}
	return at
}

// checkReads resolves every reference to the input and follows every rule of the policy.
func (r *reader) checkReads(rule *ast.Rule, known map[ast.Var]value) {
	own := r.module.Package.Path
	walkRefs([]*ast.Rule{rule}, func(ref ast.Ref) {
		if ref.HasPrefix(own) && len(ref) > len(own) {
			if name, ok := ref[len(own)].Value.(ast.String); ok {
				r.follow(string(name))
			}
			return
		}
		if _, err := r.resolve(ast.NewTerm(ref), known); err != nil {
			r.refuse(ref[0].Location, rule, err.Error())
		}
	})
}

// checkWholeValues refuses to hand on a value that has optional fields: a function could read them unseen. To name
// such a value by a variable, to iterate over it, to count it and to ask whether it is there are no such uses.
func (r *reader) checkWholeValues(rule *ast.Rule, known map[ast.Var]value) {
	visitor := ast.NewGenericVisitor(nil)
	passOver := func(terms ...*ast.Term) {
		for _, term := range terms {
			switch x := term.Value.(type) {
			case ast.Var:
			case ast.Ref:
				for _, part := range x[1:] {
					visitor.Walk(part)
				}
			default:
				visitor.Walk(term)
			}
		}
	}
	visitor = ast.NewGenericVisitor(func(node any) bool {
		switch x := node.(type) {
		case *ast.Head:
			for _, term := range []*ast.Term{x.Key, x.Value} {
				if term != nil {
					visitor.Walk(term)
				}
			}
			return true
		case *ast.Expr:
			for _, with := range x.With {
				visitor.Walk(with.Value)
			}
			switch terms := x.Terms.(type) {
			case *ast.Term:
				passOver(terms)
			case *ast.Every:
				passOver(terms.Domain)
				visitor.Walk(terms.Body)
			case []*ast.Term:
				if terms[0].String() == ast.Count.Name || x.IsEquality() && (isVar(terms[1]) || isVar(terms[2])) {
					passOver(terms[1:]...)
					return true
				}
				for _, operand := range terms[1:] {
					visitor.Walk(operand)
				}
			default:
				return false
			}
			return true
		case *ast.Term:
			v, err := r.resolve(x, known)
			if err == nil && v != nil && !r.closed(v.schemas, 0) {
				r.refuse(x.Location, rule, fmt.Sprintf(
					"expected applicable to read single fields, got the whole of %s, which has optional ones", v.path))
			}
			if _, isRef := x.Value.(ast.Ref); isRef {
				passOver(x)
				return true
			}
		}
		return false
	})
	visitor.Walk(rule)
}

func isVar(term *ast.Term) bool {
	_, ok := term.Value.(ast.Var)
	return ok
}

// closed says whether values of the schemas have no optional part at any depth.
func (r *reader) closed(schemas []map[string]any, depth int) bool {
	for _, schema := range schemas {
		if depth > maxSchemaDepth || !r.closedOne(schema, depth) {
			return false
		}
	}
	return len(schemas) > 0
}

func (r *reader) closedOne(schema map[string]any, depth int) bool {
	switch schema["type"] {
	case "string", "number", "integer", "boolean":
		return true
	case "array":
		return r.closed(r.alternatives(schema["items"], depth), depth+1)
	case "object":
		properties, _ := schema["properties"].(map[string]any)
		for name, child := range properties {
			if !requires(schema, name) || !r.closed(r.alternatives(child, depth), depth+1) {
				return false
			}
		}
		entries, isMap := schema["additionalProperties"].(map[string]any)
		if isMap {
			return r.closed(r.alternatives(entries, depth), depth+1)
		}
		_, hasPatterns := schema["patternProperties"]
		return !hasPatterns && schema["additionalProperties"] == false
	}
	_, isConst := schema["const"]
	_, isEnum := schema["enum"]
	return isConst || isEnum
}

func (r *reader) refuse(loc *ast.Location, rule *ast.Rule, message string) {
	if loc == nil {
		loc = rule.Location
	}
	r.out.Errors = append(r.out.Errors, at(loc, "policy_applicable", message))
}
