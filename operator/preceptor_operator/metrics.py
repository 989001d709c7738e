"""What does the operator count? Names are controller-runtime's where it has them."""

from prometheus_client import Counter, Gauge, Histogram

QUEUE_DEPTH = Gauge("workqueue_depth", "Keys waiting", ["name"])
QUEUE_ADDS = Counter("workqueue_adds_total", "Keys added", ["name"])
QUEUE_RETRIES = Counter("workqueue_retries_total", "Keys tried again after a failure", ["name"])
QUEUE_SECONDS = Histogram("workqueue_queue_duration_seconds", "Seconds that a key waits", ["name"])
WORK_SECONDS = Histogram("workqueue_work_duration_seconds", "Seconds that a key is worked on", ["name"])
ACTIVE_WORKERS = Gauge("controller_runtime_active_workers", "Workers at work", ["controller"])
RECONCILES = Counter("controller_runtime_reconcile_total", "Reconciles by result", ["controller", "result"])
RECONCILE_ERRORS = Counter("controller_runtime_reconcile_errors_total", "Reconciles that failed", ["controller"])
RECONCILE_SECONDS = Histogram("controller_runtime_reconcile_time_seconds", "Seconds a reconcile takes", ["controller"])
API_REQUESTS = Counter("rest_client_requests_total", "Requests to the API server", ["code", "method"])
LEADER = Gauge("leader_election_master_status", "1 while this process leads", ["name"])
LAST_EVENT = Gauge("preceptor_last_watch_event_timestamp_seconds", "When the last watch event arrived")
STALE = Gauge("preceptor_watch_stale", "1 while the watch lags behind a fresh list")
TRANSITIONS = Counter("preceptor_state_transitions_total", "States entered", ["kind", "state", "reason"])
PHI_FINDINGS = Counter("preceptor_phi_findings_total", "Findings of PHI scans that blocked a run")
DECISIONS = Counter("preceptor_policy_decisions_total", "Answers of the promotion policy", ["phase", "allow"])
AUDIT_RECORDS = Counter("preceptor_audit_records_total", "Records appended to the audit chain", ["kind"])
