package main

import (
	"context"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/tracing"
	"github.com/fluxcd/pkg/ssa"
	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	"k8s.io/kubectl/pkg/cmd/util"
)

// The name under which Argo CD applies.
const argoManager = "argocd-controller"

// Whether Argo CD calls the objects OutOfSync, in each of its three modes.
func argoDiff(_ context.Context, config *rest.Config, asked change) ([]outcome, error) {
	kubectl := &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}
	_, parser, err := kubectl.LoadOpenAPISchema(config)
	if err != nil {
		return nil, err
	}
	applier, cleanup, err := kubectl.ManageServerSideDiffDryRuns(config)
	if err != nil {
		return nil, err
	}
	defer cleanup()
	common := []diff.Option{diff.WithLogr(logr.Discard()), diff.WithGVKParser(parser), diff.WithManager(argoManager)}
	modes := []struct {
		name    string
		options []diff.Option
	}{
		{"client-side", nil},
		{"structured merge", []diff.Option{diff.WithStructuredMergeDiff(true)}},
		{"server-side", []diff.Option{diff.WithServerSideDiff(true), diff.WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(applier))}},
	}
	answers := []outcome{}
	for _, one := range asked.After {
		live, err := kubectl.GetResource(context.Background(), config, one.GroupVersionKind(), one.GetName(), one.GetNamespace())
		if err != nil {
			return nil, err
		}
		for _, mode := range modes {
			result, err := diff.Diff(one.DeepCopy(), live.DeepCopy(), append(common, mode.options...)...)
			if err != nil {
				return nil, err
			}
			action := mode.name + ": in sync"
			if result.Modified {
				action = mode.name + ": out of sync"
			}
			answers = append(answers, outcome{named(one), action})
		}
	}
	return answers, nil
}

// Applies the objects as Argo CD does: by kubectl's own code, server-side or not.
func argoApply(isServerSide bool) func(context.Context, *rest.Config, change) ([]outcome, error) {
	return func(ctx context.Context, config *rest.Config, asked change) ([]outcome, error) {
		kubectl := &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}
		operations, cleanup, err := kubectl.ManageResources(config)
		if err != nil {
			return nil, err
		}
		defer cleanup()
		answers := []outcome{}
		for _, one := range asked.After {
			said, err := operations.ApplyResource(ctx, one, util.DryRunNone, false, true, isServerSide, argoManager)
			if err != nil {
				return nil, err
			}
			answers = append(answers, outcome{named(one), said})
		}
		return answers, nil
	}
}

// What Flux would do with the objects.
func fluxDiff(ctx context.Context, config *rest.Config, asked change) ([]outcome, error) {
	manager, err := fluxManager(config)
	if err != nil {
		return nil, err
	}
	manager.SetOwnerLabels(asked.After, "hallpass", "flux-system")
	answers := []outcome{}
	for _, one := range asked.After {
		entry, _, _, err := manager.Diff(ctx, one, ssa.DefaultDiffOptions())
		if err != nil {
			return nil, err
		}
		answers = append(answers, outcome{named(one), entry.Action.String()})
	}
	return answers, nil
}
