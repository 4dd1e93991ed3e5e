package main

import (
	"context"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling"
	"github.com/fluxcd/cli-utils/pkg/object"
	"github.com/fluxcd/pkg/ssa"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

const fluxGroup = "kustomize.toolkit.fluxcd.io"

func fluxManager(config *rest.Config) (*ssa.ResourceManager, error) {
	http, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	mapper, err := apiutil.NewDynamicRESTMapper(config, http)
	if err != nil {
		return nil, err
	}
	cluster, err := client.New(config, client.Options{HTTPClient: http, Mapper: mapper})
	if err != nil {
		return nil, err
	}
	poller := polling.NewStatusPoller(cluster, mapper, polling.Options{})
	return ssa.NewResourceManager(cluster, poller, ssa.Owner{Field: "kustomize-controller", Group: fluxGroup}), nil
}

// One reconciliation of a Flux Kustomization with prune: the objects are applied, and what is only in the inventory is
// deleted. Without objects it is what the finalizer does when the Kustomization is deleted.
func fluxSync(ctx context.Context, config *rest.Config, asked change) ([]outcome, error) {
	manager, err := fluxManager(config)
	if err != nil {
		return nil, err
	}
	manager.SetOwnerLabels(asked.After, "hallpass", "flux-system")
	answers := []outcome{}
	applied, err := manager.ApplyAllStaged(ctx, asked.After, ssa.DefaultApplyOptions())
	if err != nil {
		return nil, err
	}
	for _, entry := range applied.Entries {
		answers = append(answers, outcome{entry.ObjMetadata.GroupKind.Kind + " " + entry.ObjMetadata.Name, entry.Action.String()})
	}
	gone := object.UnstructuredSetToObjMetadataSet(asked.Before).Diff(object.UnstructuredSetToObjMetadataSet(asked.After))
	stale := objects{}
	for _, one := range asked.Before {
		if gone.Contains(object.UnstructuredToObjMetadata(one)) {
			stale = append(stale, one)
		}
	}
	deleted, err := manager.DeleteAll(ctx, stale, ssa.DeleteOptions{
		PropagationPolicy: v1.DeletePropagationBackground,
		Inclusions:        manager.GetOwnerLabels("hallpass", "flux-system"),
		Exclusions:        map[string]string{fluxGroup + "/prune": "disabled", fluxGroup + "/reconcile": "disabled"},
	})
	if err != nil {
		return nil, err
	}
	for _, entry := range deleted.Entries {
		answers = append(answers, outcome{entry.ObjMetadata.GroupKind.Kind + " " + entry.ObjMetadata.Name, entry.Action.String()})
	}
	return answers, nil
}
