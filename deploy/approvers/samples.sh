# The least rights for the approvers of the mappings in deploy/samples, as `hallpass approver-rights` prints them (without ledger-bucket, whose owner has the right already).
# Replace approvers@example.com by your group, or let the command print the rights for the mappings of your cluster:
#   hallpass approver-rights --member group:YOUR-APPROVERS@YOUR.DOMAIN

# A role that reads and writes IAM policies, and nothing else.
gcloud iam roles create hallpassApprover --project=audit-prod --permissions=resourcemanager.projects.getIamPolicy,resourcemanager.projects.setIamPolicy --title='Hallpass approver on projects' --stage=GA --quiet || gcloud iam roles update hallpassApprover --project=audit-prod --permissions=resourcemanager.projects.getIamPolicy,resourcemanager.projects.setIamPolicy --quiet

# A role that reads and writes IAM policies, and nothing else.
gcloud iam roles create hallpassApprover --project=prod-eu --permissions=resourcemanager.projects.getIamPolicy,resourcemanager.projects.setIamPolicy --title='Hallpass approver on projects' --stage=GA --quiet || gcloud iam roles update hallpassApprover --project=prod-eu --permissions=resourcemanager.projects.getIamPolicy,resourcemanager.projects.setIamPolicy --quiet

# projects/audit-prod: the roles of hallpass/audit-bucket, and no other roles.
gcloud projects add-iam-policy-binding audit-prod --member=group:approvers@example.com --role=projects/audit-prod/roles/hallpassApprover --condition-from-file=/dev/stdin <<'END'
{
  "title": "Approver of grants by Hallpass, part 1",
  "description": "The roles of hallpass/audit-bucket",
  "expression": "api.getAttribute(\"iam.googleapis.com/modifiedGrantsByRole\", []).hasOnly([\"roles/storage.objectViewer\"])"
}
END

# projects/prod-eu: the roles of hallpass/prod-db, hallpass/prod-gke, hallpass/prod-nights, hallpass/prod-schema, and no other roles.
gcloud projects add-iam-policy-binding prod-eu --member=group:approvers@example.com --role=projects/prod-eu/roles/hallpassApprover --condition-from-file=/dev/stdin <<'END'
{
  "title": "Approver of grants by Hallpass, part 1",
  "description": "The roles of hallpass/prod-db, hallpass/prod-gke, hallpass/prod-nights, hallpass/prod-schema",
  "expression": "api.getAttribute(\"iam.googleapis.com/modifiedGrantsByRole\", []).hasOnly([\"roles/cloudsql.client\", \"roles/cloudsql.editor\", \"roles/container.viewer\", \"roles/logging.viewer\"])"
}
END

