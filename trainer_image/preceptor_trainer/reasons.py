"""Which words may a training Result give as its reason?"""

TRAINED = "Trained"
REPRODUCIBLE = "SameDigest"

# The caller's input: exit 64.
STORE_UNREADABLE = "StoreUnreadable"
BASE_MODEL_MISSING = "BaseModelMissing"
BASE_MODEL_INVALID = "BaseModelInvalid"
UNSAFE_WEIGHTS = "UnsafeWeights"
CHAT_TEMPLATE_INVALID = "ChatTemplateInvalid"
DATASET_MISSING = "DatasetMissing"
DATASET_INVALID = "DatasetInvalid"
UNREADABLE_RECORD = "UnreadableRecord"
TARGET_MODULES_INVALID = "TargetModulesInvalid"
TRAINING_INVALID = "TrainingInvalid"
OUTPUT_OCCUPIED = "OutputOccupied"
OUTPUT_UNWRITABLE = "OutputUnwritable"
JOB_INVALID = "JobInvalid"
CONFIG_INVALID = "ConfigInvalid"
MODE_NOT_KEPT = "ModeNotKept"
CHECKPOINT_OF_ANOTHER_RECIPE = "CheckpointOfAnotherRecipe"
CHECKPOINT_OF_OTHER_RANKS = "CheckpointOfOtherRanks"
CHECKPOINT_OF_OTHER_SURROUNDINGS = "CheckpointOfOtherSurroundings"
USAGE = "Usage"

# A check said no: exit 1.
MANIFEST_MISMATCH = "ManifestMismatch"
LOSS_NOT_FINITE = "LossNotFinite"
ADAPTER_INCOMPLETE = "AdapterIncomplete"
ADAPTER_UNTRAINED = "AdapterUntrained"
MERGE_MISMATCH = "MergeMismatch"
NOT_REPRODUCIBLE = "NotReproducible"

# The surroundings failed: exit 75.
INTERRUPTED = "Interrupted"
SCRATCH_FULL = "ScratchFull"
STORE_FULL = "StoreFull"
STORE_UNREADY = "StoreUnready"
RANK_LOST = "RankLost"

INTERNAL_ERROR = "InternalError"
