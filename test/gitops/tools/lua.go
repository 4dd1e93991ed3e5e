package main

import (
	"context"
	"fmt"
	"time"

	luavm "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type judged struct {
	Script  string  `json:"script"`
	Objects objects `json:"objects"`
}

// A health check of Argo CD: the same interpreter, the same few libraries, the object as the global "obj", a second.
func lua() (any, error) {
	asked, err := read[judged]()
	if err != nil {
		return nil, err
	}
	answers := []health{}
	for _, object := range asked.Objects {
		answer, err := healthOf(asked.Script, object)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", named(object), err)
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

func healthOf(script string, object *unstructured.Unstructured) (health, error) {
	state := luavm.NewState(luavm.Options{SkipOpenLibs: true})
	defer state.Close()
	libraries := []struct {
		name string
		open luavm.LGFunction
	}{{luavm.LoadLibName, luavm.OpenPackage}, {luavm.BaseLibName, luavm.OpenBase}, {luavm.TabLibName, luavm.OpenTable}}
	for _, library := range libraries {
		if err := state.CallByParam(luavm.P{Fn: state.NewFunction(library.open), NRet: 0, Protect: true}, luavm.LString(library.name)); err != nil {
			return health{}, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", valueOf(state, object.Object))
	if err := state.DoString(script); err != nil {
		return health{}, err
	}
	answer, isTable := state.Get(-1).(*luavm.LTable)
	if !isTable {
		return health{}, fmt.Errorf("it returned %s", state.Get(-1).Type())
	}
	return health{luavm.LVAsString(answer.RawGetString("status")), luavm.LVAsString(answer.RawGetString("message"))}, nil
}

func valueOf(state *luavm.LState, value any) luavm.LValue {
	switch it := value.(type) {
	case bool:
		return luavm.LBool(it)
	case float64:
		return luavm.LNumber(it)
	case int64:
		return luavm.LNumber(it)
	case string:
		return luavm.LString(it)
	case []any:
		list := state.CreateTable(len(it), 0)
		for _, item := range it {
			list.Append(valueOf(state, item))
		}
		return list
	case map[string]any:
		table := state.CreateTable(0, len(it))
		for key, item := range it {
			table.RawSetString(key, valueOf(state, item))
		}
		return table
	}
	return luavm.LNil
}
