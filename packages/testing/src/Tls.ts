/**
 * TLS for the servers of a test: what can be asked for, and what a client is given to connect with. The certificates are made
 * anew for each group of servers by the program `openssl`, and go away with the servers' folder.
 *
 * @since 0.1.0
 */

/**
 * How servers use TLS. They then listen with TLS only, and talk to each other with it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerTlsOptions {
  /**
   * What servers do with a client's certificate (`tls-auth-clients`): never ask, check it if there is one (default), or refuse
   * clients without one.
   */
  readonly clientCertificates?: "ignored" | "optional" | "required" | undefined
  /** Path or name of the `openssl` program. Default: the one on `PATH`. */
  readonly openssl?: string | undefined
}

/**
 * A file in PEM, by its path and by its contents.
 *
 * @category models
 * @since 0.1.0
 */
export interface PemFile {
  readonly path: string
  readonly contents: string
}

/**
 * A certificate and its private key.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeyPair {
  readonly cert: PemFile
  readonly key: PemFile
}

/**
 * The certificates of a group of servers. The keys are worth nothing: nobody trusts the authority but the test.
 *
 * @category models
 * @since 0.1.0
 */
export interface TlsMaterial {
  /** The authority that has signed the other two: what a client has to trust. */
  readonly ca: PemFile
  /** Valid for `127.0.0.1`, `::1` and `localhost`. */
  readonly server: KeyPair
  /** For a client that has to show who it is; its common name is `reef-client`. */
  readonly client: KeyPair
}
