//! The native part of Preceptor's PHI scanner: what is done for every byte of a text.
//!
//! Which rules there are, what their checks say and which words the lists hold is Python's; see `core/preceptor/phi`.

// The tests are of what Python is not needed for.
#![cfg_attr(not(feature = "python"), allow(dead_code))]

mod engine;
mod guard;
mod names;

#[cfg(feature = "python")]
#[pyo3::pymodule]
mod preceptor_phi_native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::engine::Engine;
    #[pymodule_export]
    use crate::names::ContextWeights;
    #[pymodule_export]
    use crate::names::EvidenceWeights;
    #[pymodule_export]
    use crate::names::NamesFinder;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::guard::be_silent();
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
