// Judges conditions with Google's own CEL for Go, declared with the attributes and functions that IAM documents. Reads a
// batch from stdin and answers for each expression and each call what it comes to: "true", "false", "error: …" when it
// cannot be evaluated, "refused: …" when it does not compile to a truth value.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
	_ "time/tzdata"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

type call struct {
	At             time.Time      `json:"at"`
	Attributes     map[string]any `json:"attributes"`
	API            map[string]any `json:"api"`
	Tags           []tag          `json:"tags"`
	ForwardingRule string         `json:"forwardingRule"`
}

type tag struct {
	Key     string `json:"key"`
	KeyID   string `json:"keyId"`
	Value   string `json:"value"`
	ValueID string `json:"valueId"`
}

type batch struct {
	Calls       []call   `json:"calls"`
	Expressions []string `json:"expressions"`
}

func main() {
	var asked batch
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fail(err)
	}
	answers := make([][]string, len(asked.Expressions))
	for _, one := range asked.Calls {
		environment, err := environmentOf(one)
		if err != nil {
			fail(err)
		}
		for i, expression := range asked.Expressions {
			answers[i] = append(answers[i], judge(environment, expression, one))
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func judge(environment *cel.Env, expression string, one call) string {
	ast, issues := environment.Compile(expression)
	if issues.Err() != nil {
		return "refused: " + issues.Errors()[0].Message
	}
	if !ast.OutputType().IsExactType(cel.BoolType) {
		return "refused: the type is " + ast.OutputType().String()
	}
	program, err := environment.Program(ast)
	if err != nil {
		return "error: " + err.Error()
	}
	seen := map[string]any{"request.time": one.At}
	for name, value := range one.Attributes {
		seen[name] = native(value)
	}
	value, _, err := program.Eval(seen)
	if err != nil {
		return "error: " + err.Error()
	}
	return fmt.Sprint(value.Value())
}

// JSON knows one kind of number; ports are whole.
func native(value any) any {
	if number, isNumber := value.(float64); isNumber {
		return int64(number)
	}
	return value
}

// IAM's environment. It refuses contains() and matches(), as people report; whatever else the standard library has is left
// in, so that only what is known to be missing is refused here.
func environmentOf(one call) (*cel.Env, error) {
	library := env.NewLibrarySubset().AddExcludedFunctions(env.NewFunction("contains"), env.NewFunction("matches"))
	text, list, truth, t := cel.StringType, cel.ListType(cel.StringType), cel.BoolType, cel.TypeParamType("T")
	return cel.NewCustomEnv(
		cel.StdLib(cel.StdLibSubset(library)),
		cel.Variable("request.time", cel.TimestampType),
		cel.Variable("request.host", text),
		cel.Variable("request.path", text),
		cel.Variable("request.auth.access_levels", list),
		cel.Variable("resource.name", text),
		cel.Variable("resource.type", text),
		cel.Variable("resource.service", text),
		cel.Variable("destination.ip", text),
		cel.Variable("destination.port", cel.IntType),
		cel.Function("date", cel.Overload("date", []*cel.Type{text}, cel.TimestampType, cel.UnaryBinding(date))),
		cel.Function("extract",
			cel.MemberOverload("string_extract", []*cel.Type{text, text}, text, cel.BinaryBinding(extract))),
		cel.Function("hasOnly",
			cel.MemberOverload("list_has_only", []*cel.Type{cel.ListType(t), cel.ListType(t)}, truth, cel.BinaryBinding(hasOnly))),
		cel.Function("api.getAttribute",
			cel.Overload("api_get_attribute", []*cel.Type{text, t}, t, cel.BinaryBinding(one.attribute))),
		cel.Function("resource.hasTagKey",
			cel.Overload("has_tag_key", []*cel.Type{text}, truth, cel.UnaryBinding(one.tagged(func(t tag) []string { return []string{t.Key} })))),
		cel.Function("resource.hasTagKeyId",
			cel.Overload("has_tag_key_id", []*cel.Type{text}, truth, cel.UnaryBinding(one.tagged(func(t tag) []string { return []string{t.KeyID} })))),
		cel.Function("resource.matchTag",
			cel.Overload("match_tag", []*cel.Type{text, text}, truth, cel.FunctionBinding(one.taggedAll(func(t tag) []string { return []string{t.Key, t.Value} })))),
		cel.Function("resource.matchTagId",
			cel.Overload("match_tag_id", []*cel.Type{text, text}, truth, cel.FunctionBinding(one.taggedAll(func(t tag) []string { return []string{t.KeyID, t.ValueID} })))),
		cel.Function("compute.isForwardingRuleCreationOperation",
			cel.Overload("is_forwarding_rule_creation", []*cel.Type{}, truth,
				cel.FunctionBinding(func(...ref.Val) ref.Val { return types.Bool(one.ForwardingRule != "") }))),
		cel.Function("compute.matchLoadBalancingSchemes",
			cel.Overload("match_load_balancing_schemes", []*cel.Type{list}, truth, cel.UnaryBinding(one.schemes))),
	)
}

func date(value ref.Val) ref.Val {
	day, err := time.Parse(time.DateOnly, string(value.(types.String)))
	if err != nil {
		return types.WrapErr(err)
	}
	return types.Timestamp{Time: day}
}

// By the table in IAM's attribute reference.
func extract(value, template ref.Val) ref.Val {
	text, pattern := string(value.(types.String)), string(template.(types.String))
	before, rest, hasOpen := strings.Cut(pattern, "{")
	_, after, hasClose := strings.Cut(rest, "}")
	if !hasOpen || !hasClose {
		return types.NewErr("no extraction template: %q", pattern)
	}
	_, found, hasBefore := strings.Cut(text, before)
	if !hasBefore {
		return types.String("")
	}
	if after == "" {
		return types.String(found)
	}
	inside, _, hasAfter := strings.Cut(found, after)
	if !hasAfter {
		return types.String("")
	}
	return types.String(inside)
}

func hasOnly(values, allowed ref.Val) ref.Val {
	for item := values.(traits.Lister).Iterator(); item.HasNext() == types.True; {
		if allowed.(traits.Container).Contains(item.Next()) != types.True {
			return types.False
		}
	}
	return types.True
}

func (c call) attribute(name, otherwise ref.Val) ref.Val {
	if value, isKnown := c.API[string(name.(types.String))]; isKnown {
		return types.DefaultTypeAdapter.NativeToValue(value)
	}
	return otherwise
}

func (c call) tagged(of func(tag) []string) func(ref.Val) ref.Val {
	all := c.taggedAll(of)
	return func(value ref.Val) ref.Val { return all(value) }
}

func (c call) taggedAll(of func(tag) []string) func(...ref.Val) ref.Val {
	return func(values ...ref.Val) ref.Val {
		return types.Bool(slices.ContainsFunc(c.Tags, func(t tag) bool {
			return slices.EqualFunc(of(t), values, func(text string, value ref.Val) bool { return types.String(text) == value })
		}))
	}
}

func (c call) schemes(list ref.Val) ref.Val {
	if c.ForwardingRule == "" {
		return types.False
	}
	return list.(traits.Container).Contains(types.String(c.ForwardingRule))
}
