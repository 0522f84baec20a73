"""The choices: settings, assembly and the command line. Nobody imports this package."""
