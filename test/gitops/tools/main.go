// What GitOps tools make of Hallpass's objects, with the tools' own libraries. One command for each question; it reads
// JSON from stdin and writes JSON to stdout. Commands that act on a cluster use KUBECONFIG.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

type objects = []*unstructured.Unstructured

// A change of what is in Git: the objects before it, and the objects after it.
type change struct {
	Before objects `json:"before"`
	After  objects `json:"after"`
}

// What a tool did with one object.
type outcome struct {
	Object string `json:"object"`
	Action string `json:"action"`
}

type health struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func main() {
	commands := map[string]func() (any, error){
		"kstatus":                kstatus,
		"lua":                    lua,
		"promlint":               lint,
		"flux-sync":              onCluster(fluxSync),
		"argo-sync":              onCluster(argoSync),
		"argo-delete":            onCluster(argoDelete),
		"argo-diff":              onCluster(argoDiff),
		"argo-apply":             onCluster(argoApply(false)),
		"argo-apply-server-side": onCluster(argoApply(true)),
		"flux-diff":              onCluster(fluxDiff),
	}
	if len(os.Args) != 2 || commands[os.Args[1]] == nil {
		fail(fmt.Errorf("name one command"))
	}
	answer, err := commands[os.Args[1]]()
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func read[T any]() (T, error) {
	var asked T
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return asked, err
	}
	return asked, json.Unmarshal(text, &asked)
}

func onCluster(act func(context.Context, *rest.Config, change) ([]outcome, error)) func() (any, error) {
	return func() (any, error) {
		asked, err := read[change]()
		if err != nil {
			return nil, err
		}
		config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
		if err != nil {
			return nil, err
		}
		config.QPS, config.Burst = 1000, 1000
		return act(context.Background(), config, asked)
	}
}

func named(object *unstructured.Unstructured) string {
	return object.GetKind() + " " + object.GetName()
}

// The status that Flux, and every other tool with this library, computes of an object.
func kstatus() (any, error) {
	asked, err := read[objects]()
	if err != nil {
		return nil, err
	}
	answers := []health{}
	for _, object := range asked {
		result, err := status.Compute(object)
		if err != nil {
			return nil, err
		}
		answers = append(answers, health{result.Status.String(), result.Message})
	}
	return answers, nil
}

// What promtool's linter says of a metrics page.
func lint() (any, error) {
	problems, err := promlint.New(os.Stdin).Lint()
	if err != nil {
		return nil, err
	}
	answers := []string{}
	for _, problem := range problems {
		answers = append(answers, problem.Metric+": "+problem.Text)
	}
	return answers, nil
}
