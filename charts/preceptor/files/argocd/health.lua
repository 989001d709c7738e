-- Which health does Argo CD show for a FineTuneRun, an EvalGate and an AdapterRelease?
-- One script for all three kinds; docs/reference/argocd.md says where it goes.
local words = {
  FineTuneRun = {
    success = "Succeeded",
    Pending = "Progressing", Scanning = "Progressing", Fetching = "Progressing", Proving = "Progressing",
    Training = "Progressing", Verifying = "Progressing",
    Queued = "Suspended", Suspended = "Suspended",
    Succeeded = "Healthy",
    Blocked = "Degraded", Failed = "Degraded", Cancelled = "Degraded"
  },
  EvalGate = {
    success = "Passed",
    Pending = "Progressing", Running = "Progressing",
    InReview = "Suspended", Inconclusive = "Suspended",
    Passed = "Healthy",
    Failed = "Degraded"
  },
  AdapterRelease = {
    success = "Released",
    Pending = "Progressing", RollingOut = "Progressing",
    AwaitingApproval = "Suspended", Withdrawn = "Suspended",
    Released = "Healthy",
    Denied = "Degraded", RolledBack = "Degraded"
  }
}

local status = obj.status
if status == nil or status.state == nil then
  return { status = "Progressing", message = "The operator has not looked at it yet." }
end
if status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "The operator has not looked at the latest change yet." }
end

local kind = words[obj.kind]
local health = kind and kind[status.state]
if health == nil or status.state == "success" then
  return { status = "Unknown", message = "This script does not know the state " .. tostring(status.state) .. "." }
end

-- The sentence of the condition that gave the state its reason; the condition of success where several did.
local message, succeeded = status.reason or status.state, false
for _, condition in ipairs(status.conditions or {}) do
  local ofSuccess = condition.type == kind.success
  if ofSuccess and condition.status == "True" then
    succeeded = true
  end
  if condition.reason == status.reason and condition.message and condition.message ~= "" then
    message = status.state .. " (" .. status.reason .. "): " .. condition.message
    if ofSuccess then
      break
    end
  end
end
if health == "Healthy" and not succeeded then
  return { status = "Progressing", message = "The condition " .. kind.success .. " does not bear the state out yet." }
end
return { status = health, message = message }
