package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// ErrConfig says that a configuration cannot be used. The message has every fault.
var ErrConfig = errors.New("the configuration cannot be used")

// FileFlag is the flag that names the configuration file.
const FileFlag = "config"

// fileEnv is its environment variable.
const fileEnv = EnvPrefix + "CONFIG"

// Sources are where a configuration comes from.
type Sources struct {
	// Flags have those that [AddFlags] added, parsed.
	Flags *pflag.FlagSet
	// Environ is the environment, as os.Environ returns it.
	Environ []string
}

// AddFlags adds the flags of all keys, and that of the file.
func AddFlags(flags *pflag.FlagSet) {
	flags.String(FileFlag, "", "configuration file (TOML) ["+fileEnv+"]")
	for i := range fields {
		f := &fields[i]
		usage := fmt.Sprintf("%s [%s]", f.usage, f.Env())
		switch f.kind {
		case boolean:
			flags.Bool(f.Flag(), f.def == "true", usage)
		case list:
			flags.StringSlice(f.Flag(), nil, usage)
		default:
			flags.String(f.Flag(), f.def, usage)
		}
	}
}

// Loaded is a configuration with where its values come from.
type Loaded struct {
	Config
	values map[string][]string // by key
	from   map[string]string   // by key: line, variable or flag; none for defaults
}

// Load reads a configuration from its sources and checks it. The error wraps
// [ErrConfig] and has every fault; one that the operating system is to blame for
// does not.
func Load(sources Sources) (*Loaded, error) {
	r := &report{l: &Loaded{values: make(map[string][]string), from: make(map[string]string)}, faults: make(map[string]bool)}
	if err := r.read(sources); err != nil {
		return nil, err
	}
	for i := range fields {
		f := &fields[i]
		values, ok := r.l.values[f.key]
		switch {
		case r.faults[f.key]:
		case ok && (len(values) != 1 || values[0] != ""):
			if len(values) == 0 {
				continue // an empty list
			}
			if err := f.set(&r.l.Config, values); err != nil {
				r.fault(f.key, err)
			}
		case ok && r.l.from[f.key] != "" && f.kind != list && f.def != "":
			r.fault(f.key, errors.New("it is empty"))
		case f.needed:
			r.missing(f.key)
		}
	}
	r.l.Config.check(r)
	if err := r.err(); err != nil {
		return nil, err
	}
	return r.l, nil
}

// report gathers what is wrong with a configuration.
type report struct {
	l      *Loaded
	errs   []placed
	faults map[string]bool // keys that something was said of
}

// placed is what is wrong with a key.
type placed struct {
	key string
	err error
}

// add says what is wrong with a key, or with none that there is.
func (r *report) add(key, format string, args ...any) {
	r.errs = append(r.errs, placed{key, fmt.Errorf(format, args...)})
}

// err joins what was said, in the order of the keys.
func (r *report) err() error {
	if len(r.errs) == 0 {
		return nil
	}
	place := func(key string) int {
		return slices.IndexFunc(fields, func(f field) bool { return f.key == key }) // −1 for none
	}
	slices.SortStableFunc(r.errs, func(a, b placed) int { return place(a.key) - place(b.key) })
	var lines []string
	for _, e := range r.errs {
		lines = append(lines, "  "+strings.ReplaceAll(e.err.Error(), "\n", "\n  "))
	}
	return fmt.Errorf("%w:\n%s", ErrConfig, strings.Join(lines, "\n"))
}

// fault says what is wrong with a key.
func (r *report) fault(key string, err error) {
	r.faults[key] = true
	from := r.l.from[key]
	if from == "" {
		from = "default of " + key
	}
	for _, line := range strings.Split(err.Error(), "\n") {
		r.add(key, "%s: %s", from, line)
	}
}

func (r *report) faulty(key string) bool { return r.faults[key] }
func (r *report) given(key string) bool  { return r.l.from[key] != "" }

// missing says that one of some keys has to be given.
func (r *report) missing(keys ...string) {
	var ways []string
	for _, key := range keys {
		r.faults[key] = true
		f := find(key)
		ways = append(ways, fmt.Sprintf("%s (--%s, %s): %s", key, f.Flag(), f.Env(), f.usage))
	}
	r.add(keys[0], "missing: %s", strings.Join(ways, "; or "))
}

// read merges the sources, the later winning, and notes where values come from.
func (r *report) read(sources Sources) error {
	k := koanf.New(".")
	defaults := make(map[string]any)
	for _, f := range fields {
		if f.def != "" {
			defaults[f.key] = f.def
		}
	}
	if err := k.Load(confmap.Provider(defaults, "."), nil); err != nil {
		return err
	}
	if err := r.readFile(k, fileOf(sources)); err != nil {
		return err
	}
	if err := r.readEnv(k, sources.Environ); err != nil {
		return err
	}
	if err := r.readFlags(k, sources.Flags); err != nil {
		return err
	}
	for i := range fields {
		f := &fields[i]
		if !k.Exists(f.key) {
			continue
		}
		values, err := f.values(k.Get(f.key))
		if err != nil {
			r.fault(f.key, err)
			continue
		}
		r.l.values[f.key] = values
	}
	return nil
}

// fileOf returns the configuration file, empty if there is none.
func fileOf(sources Sources) string {
	path := ""
	for _, v := range sources.Environ {
		if value, ok := strings.CutPrefix(v, fileEnv+"="); ok {
			path = value
		}
	}
	if f := sources.Flags.Lookup(FileFlag); f != nil && f.Changed {
		path = f.Value.String()
	}
	return path
}

func (r *report) readFile(k *koanf.Koanf, path string) error {
	if path == "" {
		return nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("configuration file: %w", err)
	}
	lines, err := positions(content)
	if err != nil {
		r.add("", "%s:%w", path, err)
		return nil
	}
	for _, at := range lines {
		if find(at.key) == nil {
			r.add("", "%s:%d: there is no key %s%s", path, at.line, at.key, similar(at.key))
			continue
		}
		r.l.from[at.key] = fmt.Sprintf("%s:%d: %s", path, at.line, at.key)
	}
	parsed, err := toml.Parser().Unmarshal(content)
	if err != nil {
		r.add("", "%s: %w", path, err)
		return nil
	}
	return k.Load(confmap.Provider(parsed, ""), nil)
}

func (r *report) readEnv(k *koanf.Koanf, environ []string) error {
	byEnv := make(map[string]*field)
	for i := range fields {
		byEnv[fields[i].Env()] = &fields[i]
	}
	return k.Load(env.Provider(".", env.Opt{
		Prefix: EnvPrefix, EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			f := byEnv[name]
			switch {
			case name == fileEnv:
				return "", nil
			case f == nil:
				r.add("", "environment variable %s: there is no such key", name)
				return "", nil
			}
			r.l.from[f.key] = "environment variable " + name
			if f.kind == list {
				return f.key, splitList(value)
			}
			return f.key, value
		},
	}), nil)
}

func splitList(value string) []string {
	values := []string{}
	for v := range strings.SplitSeq(value, ",") {
		if v = strings.TrimSpace(v); v != "" {
			values = append(values, v)
		}
	}
	return values
}

func (r *report) readFlags(k *koanf.Koanf, flags *pflag.FlagSet) error {
	byFlag := make(map[string]*field)
	for i := range fields {
		byFlag[fields[i].Flag()] = &fields[i]
	}
	return k.Load(posflag.ProviderWithFlag(flags, ".", k, func(flag *pflag.Flag) (string, any) {
		f := byFlag[flag.Name]
		if f == nil || !flag.Changed {
			return "", nil
		}
		r.l.from[f.key] = "--" + flag.Name
		if values, ok := flag.Value.(pflag.SliceValue); ok {
			return f.key, splitList(strings.Join(values.GetSlice(), ","))
		}
		return f.key, posflag.FlagVal(flags, flag)
	}), nil)
}

// values returns what was read for a key as texts.
func (f *field) values(v any) ([]string, error) {
	if f.kind != list {
		switch v := v.(type) {
		case string:
			if f.kind == text || f.kind == number || f.kind == boolean {
				return []string{v}, nil
			}
		case int64, bool:
			return []string{fmt.Sprint(v)}, nil
		case float64:
			return []string{fmt.Sprint(v)}, nil
		}
		return nil, fmt.Errorf("%s: want %s", describe(v), f.want())
	}
	var values []string
	switch v := v.(type) {
	case []string:
		return v, nil
	case []any:
		for _, one := range v {
			switch one.(type) {
			case string, int64:
				values = append(values, fmt.Sprint(one))
			default:
				return nil, fmt.Errorf("%s in the list: want %s", describe(one), f.want())
			}
		}
		return values, nil
	}
	return nil, fmt.Errorf("%s: want %s", describe(v), f.want())
}

func (f *field) want() string {
	return [...]string{text: "a text", number: "a number", boolean: "true or false", list: "a list of texts"}[f.kind]
}

func describe(v any) string {
	switch v := v.(type) {
	case map[string]any:
		return "a section"
	case []any, []string:
		return "a list"
	default:
		return fmt.Sprintf("%v", v)
	}
}

// similar names a key that a mistyped one may stand for.
func similar(key string) string {
	_, name, _ := strings.Cut(key, ".")
	var near []string
	for _, f := range fields {
		_, other, _ := strings.Cut(f.key, ".")
		if name != "" && (other == name || strings.ReplaceAll(name, "_", "-") == other) {
			near = append(near, f.key)
		}
	}
	if len(near) == 0 {
		return ""
	}
	return ": is it " + strings.Join(near, " or ") + "?"
}

// Sources returns where values come from that are not defaults, by key.
func (l *Loaded) Sources() map[string]string { return maps.Clone(l.from) }
