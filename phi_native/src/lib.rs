//! The native part of Preceptor's PHI scanner: what is done for every byte of a text.
//!
//! Which rules there are, what their checks say and which words the lists hold is Python's; see `core/preceptor/phi`.

use pyo3::prelude::*;

mod engine;
mod guard;
mod names;

#[pymodule]
fn preceptor_phi_native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    guard::be_silent();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<engine::Engine>()?;
    module.add_class::<names::NamesFinder>()?;
    Ok(())
}
