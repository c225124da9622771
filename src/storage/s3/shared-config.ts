// What the shared AWS configuration says besides keys: the region, the endpoint and whom to trust, of one profile.
// Source: "Configuration and credential file settings in the AWS CLI" and "Service-specific endpoints", AWS SDKs and Tools Reference Guide.

import { readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

export interface ProfileSettings {
  readonly region?: string
  readonly endpoint?: string
  readonly caFile?: string
  /** The profile that logs in by SSO: itself, or the one whose roles it assumes. */
  readonly ssoProfile?: string
  /** A `source_profile` on the way to the keys of which neither file has a setting. */
  readonly missingProfile?: string
}

/** Name of a section, as its file has it → name of a setting → value; a setting inside another has the name "s3.endpoint_url". */
export type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>

export function configFiles(env: Environment): { readonly credentials: string; readonly config: string } {
  const folder = path.join(env['HOME'] ?? os.homedir(), '.aws')
  return { credentials: env['AWS_SHARED_CREDENTIALS_FILE'] ?? path.join(folder, 'credentials'), config: env['AWS_CONFIG_FILE'] ?? path.join(folder, 'config') }
}

/** Of `profile`, else the one the environment names, else the default one. Files that cannot be read say nothing: they are the search for keys' matter. */
export function profileSettings(profile: string | undefined, env: Environment): ProfileSettings {
  const name = profile ?? env['AWS_PROFILE'] ?? 'default'
  const files = configFiles(env)
  const config = sectionsOf(files.config)
  const keys = sectionsOf(files.credentials)
  const sectionOf = (each: string): ReadonlyMap<string, string> => new Map([...keys.get(each) ?? [], ...(each === 'default' ? config.get(each) ?? [] : []), ...config.get(`profile ${each}`) ?? []])
  const section = sectionOf(name)
  const services = config.get(`services ${section.get('services') ?? ''}`)
  const region = section.get('region'), caFile = section.get('ca_bundle')
  const endpoint = section.get('ignore_configured_endpoint_urls') === 'true' ? undefined : services?.get('s3.endpoint_url') ?? section.get('endpoint_url')
  const { ssoProfile, missingProfile } = whoLogsIn(name, sectionOf)
  return { ...(region ? { region } : {}), ...(endpoint ? { endpoint } : {}), ...(caFile ? { caFile } : {}), ...(ssoProfile ? { ssoProfile } : {}), ...(missingProfile ? { missingProfile } : {}) }
}

/** One of the two files of profiles. */
export interface ProfileFile {
  readonly file: string
  /** Names of its profiles, as the file has them. Absent: it cannot be read. */
  readonly profiles?: readonly string[]
}

/** Who is where: names only. */
export function profileFiles(env: Environment): readonly ProfileFile[] {
  const { credentials, config } = configFiles(env)
  return [
    profilesIn(credentials, (section) => section),
    profilesIn(config, (section) => section === 'default' ? section : /^profile (.+)$/.exec(section)?.[1]),
  ]
}

function profilesIn(file: string, nameOf: (section: string) => string | undefined): ProfileFile {
  const text = textOf(file)
  return text === undefined ? { file } : { file, profiles: [...parseSections(text).keys()].flatMap((section) => nameOf(section) ?? []) }
}

/** Follows `source_profile` from one to the next. */
function whoLogsIn(profile: string, sectionOf: (profile: string) => ReadonlyMap<string, string>): Pick<ProfileSettings, 'ssoProfile' | 'missingProfile'> {
  const seen = new Set<string>()
  for (let name: string | undefined = profile; name !== undefined && !seen.has(name);) {
    seen.add(name)
    const section = sectionOf(name)
    // One without a single setting is of no more use than one that is not there.
    if (section.size === 0 && name !== profile) return { missingProfile: name }
    if (section.has('sso_session') || section.has('sso_start_url')) return { ssoProfile: name }
    name = section.get('source_profile')
  }
  return {}
}

function sectionsOf(file: string): Sections {
  return parseSections(textOf(file) ?? '')
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Comments begin a line, or follow a blank; an indented line belongs to the setting without a value above it. */
export function parseSections(text: string): Sections {
  const sections = new Map<string, Map<string, string>>()
  let section: Map<string, string> | undefined
  let owner = ''
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue
    const header = /^\s*\[([^\]]*)\]/.exec(line)
    if (header) {
      const name = header[1]!.trim().replaceAll(/\s+/g, ' ').replaceAll('"', '')
      section = sections.get(name) ?? new Map<string, string>()
      sections.set(name, section)
      owner = ''
      continue
    }
    const setting = /^(\s*)([^=\s]+)\s*=\s*(.*)$/.exec(line)
    if (!setting || !section) continue
    const [, indent = '', name = '', value = ''] = setting
    const plain = value.replace(/\s+[#;].*$/, '').trim()
    if (indent !== '' && owner !== '') section.set(`${owner}.${name}`, plain)
    else {
      owner = plain === '' ? name : ''
      section.set(name, plain)
    }
  }
  return sections
}
