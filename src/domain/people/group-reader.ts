// The Google groups port: an interface to the outside, as those of ports.ts.

/**
 * Google groups, by address, as Google shows them to the configured reader. Each call asks Google. Refused("GoogleGroupUnreadable")
 * when the group cannot be read, Refused("GoogleMembershipUnreadable") when only its members cannot.
 */
export type GoogleGroups = {
  /** Whether this address belongs to the group now, itself or through groups in it. Nobody belongs to a missing group. */
  includes(group: string, email: string): Promise<boolean>
  /** Whether this address is a person whom the group itself lists now. */
  hasMember(group: string, email: string): Promise<boolean>
  /** The group; undefined when Google says that it does not exist. */
  describe(group: string): Promise<GoogleGroup | undefined>
}
export type GoogleGroup = {
  /** Its primary address, in lower case. */
  address: string
  isSecurity: boolean
  /** Whether people can join it by themselves. `unread`: this process does not read it, or Google does not show it. */
  joining: 'closed' | 'open' | 'unread'
  /** One of the members that it lists; absent when it lists nobody. */
  member?: string
}
