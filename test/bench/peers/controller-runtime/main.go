// The peer of src/kube: controller-runtime with typed objects, a cached informer and eight workers, as a careful Go
// programmer sets it up: no limit of calls a second, managedFields stripped. Prints one line of JSON, then waits for the
// end of its standard input.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apiruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

var groupVersion = schema.GroupVersion{Group: "hallpass.dev", Version: "v1alpha1"}

func main() {
	mode := flag.String("mode", "", "reconcile, cache or stream")
	namespace := flag.String("namespace", "", "one namespace; all when empty")
	expect := flag.Int("expect", 0, "how many patches or events end the work")
	shown := flag.String("shown", "", "what a patch writes to status.message.shown")
	patch := flag.String("patch", "", "the merge patch's status, as JSON")
	flag.Parse()
	log.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(context.Background())
	manager := must(ctrl.NewManager(config(), options(*namespace)))
	switch *mode {
	case "reconcile":
		reconcileAll(manager, *expect, *shown, json.RawMessage(*patch))
	case "cache":
		go hold(ctx, manager)
	case "stream":
		count(ctx, manager, int64(*expect))
	default:
		panic("unknown mode " + *mode)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	check(manager.Start(ctx))
}

func config() *rest.Config {
	config := must(clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG")))
	config.QPS = -1
	return config
}

func options(namespace string) ctrl.Options {
	scheme := apiruntime.NewScheme()
	scheme.AddKnownTypes(groupVersion, &AccessRequest{}, &AccessRequestList{})
	metav1.AddToGroupVersion(scheme, groupVersion)
	within := cache.Options{DefaultTransform: cache.TransformStripManagedFields()}
	if namespace != "" {
		within.DefaultNamespaces = map[string]cache.Config{namespace: {}}
	}
	return ctrl.Options{
		Scheme:  scheme,
		Cache:   within,
		Metrics: metricsserver.Options{BindAddress: "0"},
		// Known beforehand, which spares the start some calls.
		MapperProvider: func(*rest.Config, *http.Client) (meta.RESTMapper, error) {
			mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{groupVersion})
			mapper.Add(groupVersion.WithKind("AccessRequest"), meta.RESTScopeNamespace)
			return mapper, nil
		},
	}
}

// One status merge patch for each object, against the version that the cache shows.
func reconcileAll(manager ctrl.Manager, expect int, shown string, status json.RawMessage) {
	var done atomic.Int64
	reader := manager.GetClient()
	check(ctrl.NewControllerManagedBy(manager).
		For(&AccessRequest{}).
		WithOptions(controller.Options{MaxConcurrentReconciles: 8}).
		Complete(reconcile.Func(func(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
			var seen AccessRequest
			if err := reader.Get(ctx, request.NamespacedName, &seen); err != nil {
				return reconcile.Result{}, client.IgnoreNotFound(err)
			}
			if seen.Status.Message != nil && seen.Status.Message.Shown == shown {
				return reconcile.Result{}, nil
			}
			body := must(json.Marshal(map[string]any{
				"metadata": map[string]any{"resourceVersion": seen.ResourceVersion, "uid": seen.UID},
				"status":   status,
			}))
			if err := reader.Status().Patch(ctx, &seen, client.RawPatch(types.MergePatchType, body)); err != nil {
				return reconcile.Result{}, err
			}
			if int(done.Add(1)) == expect {
				say(map[string]any{"done": expect})
			}
			return reconcile.Result{}, nil
		})))
}

// Keeps everything in the cache, and says what it takes.
func hold(ctx context.Context, manager ctrl.Manager) {
	before := heap()
	must(manager.GetCache().GetInformer(ctx, &AccessRequest{}))
	if !manager.GetCache().WaitForCacheSync(ctx) {
		panic("the cache did not fill")
	}
	var all AccessRequestList
	check(manager.GetCache().List(ctx, &all, client.UnsafeDisableDeepCopy))
	held := len(all.Items)
	all = AccessRequestList{}
	say(map[string]any{"held": held})
	if os.Getenv("HEAP") != "" {
		say(map[string]any{"heapBytes": heap() - before})
	}
}

func heap() int64 {
	if os.Getenv("HEAP") == "" {
		return 0
	}
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// How fast events of a watch reach the cache.
func count(ctx context.Context, manager ctrl.Manager, expect int64) {
	var seen atomic.Int64
	var began time.Time
	taken := func() {
		switch seen.Add(1) {
		case 1:
			began = time.Now()
		case expect:
			say(map[string]any{"seconds": time.Since(began).Seconds()})
		}
	}
	informer := must(manager.GetCache().GetInformer(ctx, &AccessRequest{}, cache.BlockUntilSynced(false)))
	must(informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { taken() },
		UpdateFunc: func(any, any) { taken() },
		DeleteFunc: func(any) { taken() },
	}))
}

func say(fact map[string]any) {
	fmt.Println(string(must(json.Marshal(fact))))
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
