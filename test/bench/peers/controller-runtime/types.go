package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// AccessRequest has what the requests of the benchmark hold, typed, with the copying that a generator would write.
type AccessRequest struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              Spec   `json:"spec"`
	Status            Status `json:"status,omitempty"`
}

type AccessRequestList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []AccessRequest `json:"items"`
}

type Spec struct {
	RoleMapping string    `json:"roleMapping"`
	Requester   Requester `json:"requester"`
	Origin      string    `json:"origin"`
	Duration    string    `json:"duration"`
	Reason      string    `json:"reason"`
	NotBefore   string    `json:"notBefore,omitempty"`
	Slack       *Slack    `json:"slack,omitempty"`
	Grants      []Grant   `json:"grants"`
	Approval    Approval  `json:"approval"`
}

type Requester struct {
	Email       string `json:"email"`
	SlackUserID string `json:"slackUserID,omitempty"`
	Name        string `json:"name,omitempty"`
}

type Slack struct {
	TeamID        string `json:"teamID"`
	ChannelID     string `json:"channelID"`
	TriggerDigest string `json:"triggerDigest"`
}

type Grant struct {
	Resource  string `json:"resource"`
	Role      string `json:"role"`
	Condition string `json:"condition,omitempty"`
}

type Approval struct {
	Required      int     `json:"required"`
	Window        string  `json:"window"`
	EscalateAfter string  `json:"escalateAfter"`
	OnCall        *OnCall `json:"onCall,omitempty"`
	Fallback      *People `json:"fallback,omitempty"`
	Allowed       *People `json:"allowed,omitempty"`
	OnlyOnCall    bool    `json:"onlyOnCall"`
}

type OnCall struct {
	EscalationPolicy string `json:"escalationPolicy,omitempty"`
	Schedule         string `json:"schedule,omitempty"`
	Level            int    `json:"level,omitempty"`
}

type People struct {
	Emails         []string `json:"emails,omitempty"`
	SlackUserGroup string   `json:"slackUserGroup,omitempty"`
}

type Status struct {
	Phase              string             `json:"phase,omitempty"`
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
	Approvers          []Approver         `json:"approvers,omitempty"`
	Message            *Message           `json:"message,omitempty"`
	ExpiresAt          string             `json:"expiresAt,omitempty"`
	Settled            bool               `json:"settled,omitempty"`
}

type Approver struct {
	Email       string `json:"email"`
	SlackUserID string `json:"slackUserID,omitempty"`
	Name        string `json:"name,omitempty"`
	Level       int    `json:"level"`
	Why         string `json:"why"`
	At          string `json:"at"`
}

type Message struct {
	Channel   string `json:"channel"`
	IntentAt  string `json:"intentAt"`
	TS        string `json:"ts,omitempty"`
	Permalink string `json:"permalink,omitempty"`
	Shown     string `json:"shown,omitempty"`
}

func (in *AccessRequest) DeepCopyInto(out *AccessRequest) {
	*out = *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	out.Spec.Slack = copied(in.Spec.Slack)
	out.Spec.Grants = append([]Grant(nil), in.Spec.Grants...)
	out.Spec.Approval.OnCall = copied(in.Spec.Approval.OnCall)
	out.Spec.Approval.Fallback = in.Spec.Approval.Fallback.copied()
	out.Spec.Approval.Allowed = in.Spec.Approval.Allowed.copied()
	out.Status.Conditions = append([]metav1.Condition(nil), in.Status.Conditions...)
	out.Status.Approvers = append([]Approver(nil), in.Status.Approvers...)
	out.Status.Message = copied(in.Status.Message)
}

func (in *AccessRequest) DeepCopyObject() runtime.Object {
	out := new(AccessRequest)
	in.DeepCopyInto(out)
	return out
}

func (in *AccessRequestList) DeepCopyObject() runtime.Object {
	out := new(AccessRequestList)
	*out = *in
	in.ListMeta.DeepCopyInto(&out.ListMeta)
	out.Items = make([]AccessRequest, len(in.Items))
	for i := range in.Items {
		in.Items[i].DeepCopyInto(&out.Items[i])
	}
	return out
}

func (in *People) copied() *People {
	if in == nil {
		return nil
	}
	return &People{Emails: append([]string(nil), in.Emails...), SlackUserGroup: in.SlackUserGroup}
}

func copied[T any](in *T) *T {
	if in == nil {
		return nil
	}
	out := *in
	return &out
}
