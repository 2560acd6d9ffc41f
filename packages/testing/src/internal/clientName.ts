/** The name that the harness's connections show in CLIENT LIST, so that a test can tell them from its own. */
export const CLIENT_NAME = "reef-testing"
