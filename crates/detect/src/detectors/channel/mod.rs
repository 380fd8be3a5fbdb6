//! Surface 2: what lies between app and service.
