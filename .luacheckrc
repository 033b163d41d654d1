std = "lua54"
max_line_length = 120
self = false
exclude_files = { "out", "work", "data", ".venv" }
files["specs"] = { std = "lua54+ingot_spec" }
files["tests"] = { read_globals = {} }
