package main

import (
	"context"
	"fmt"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/common"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/resource"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
)

type scopes map[schema.GroupKind]bool

func (s scopes) IsNamespaced(kind schema.GroupKind) (bool, error) {
	return s[kind], nil
}

// One sync of an Argo CD application with prune: the objects are applied, and live objects that Git no longer has are
// pruned.
func argoSync(ctx context.Context, config *rest.Config, asked change) ([]outcome, error) {
	kubectl := &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}
	live := map[kube.ResourceKey]*unstructured.Unstructured{}
	namespaced := scopes{}
	for _, one := range append(append(objects{}, asked.Before...), asked.After...) {
		namespaced[one.GroupVersionKind().GroupKind()] = one.GetNamespace() != ""
		found, err := kubectl.GetResource(ctx, config, one.GroupVersionKind(), one.GetName(), one.GetNamespace())
		if err == nil {
			live[kube.GetResourceKey(one)] = found
		} else if !errors.IsNotFound(err) {
			return nil, err
		}
	}
	compared := sync.Reconcile(asked.After, live, "default", namespaced)
	syncing, cleanup, err := sync.NewSyncContext("revision", compared, config, config, kubectl, "default",
		sync.WithOperationSettings(false, true, false, false), sync.WithServerSideApply(true), sync.WithServerSideApplyManager("argocd-controller"), sync.WithLogr(logr.Discard()))
	if err != nil {
		return nil, err
	}
	defer cleanup()
	for range 20 {
		syncing.Sync()
		phase, message, results := syncing.GetState()
		if !phase.Completed() {
			continue
		}
		if phase != common.OperationSucceeded {
			return nil, fmt.Errorf("%s: %s", phase, message)
		}
		answers := []outcome{}
		for _, result := range results {
			answers = append(answers, outcome{result.ResourceKey.Kind + " " + result.ResourceKey.Name, string(result.Status)})
		}
		return answers, nil
	}
	return nil, fmt.Errorf("the sync did not end")
}

// What Argo CD does when an application with its finalizer is deleted. The engine has no function for it; these are the
// conditions of Argo CD's shouldBeDeleted, read by the engine's own functions.
func argoDelete(ctx context.Context, config *rest.Config, asked change) ([]outcome, error) {
	kubectl := &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}
	answers := []outcome{}
	for _, one := range asked.Before {
		found, err := kubectl.GetResource(ctx, config, one.GroupVersionKind(), one.GetName(), one.GetNamespace())
		if errors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		option := resource.GetAnnotationOptionValue(found, common.AnnotationSyncOptions, common.SyncOptionDelete)
		if kube.IsCRD(found) || (option != nil && *option == common.SyncValueFalse) {
			answers = append(answers, outcome{named(one), "skipped"})
			continue
		}
		policy := v1.DeletePropagationForeground
		if err := kubectl.DeleteResource(ctx, config, one.GroupVersionKind(), one.GetName(), one.GetNamespace(), v1.DeleteOptions{PropagationPolicy: &policy}); err != nil {
			return nil, err
		}
		answers = append(answers, outcome{named(one), "deleted"})
	}
	return answers, nil
}
