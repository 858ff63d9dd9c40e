using System.CommandLine;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Commands.Completion;

/// <summary><c>shifter completion bash|zsh|fish|pwsh</c>: a script that asks this program what may come next.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # shifter in bash. Put into ~/.bashrc:  source <(shifter completion bash)
        _shifter() {
          local IFS=$'\n'
          COMPREPLY=($(shifter __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null))
        }
        complete -o default -F _shifter shifter
        """;

    private const string Zsh = """
        #compdef shifter
        # shifter in zsh. Put into ~/.zshrc, after compinit:  source <(shifter completion zsh)
        _shifter() {
          local -a found
          found=("${(@f)$(shifter __complete "${(@)words[2,CURRENT]}" 2> /dev/null)}")
          if [[ -n "${found[*]}" ]]; then compadd -- "${found[@]}"; else _files; fi
        }
        compdef _shifter shifter
        """;

    private const string Fish = """
        # shifter in fish. Put into ~/.config/fish/config.fish:  shifter completion fish | source
        complete -c shifter -f -a '(set -l words (commandline -opc) (commandline -ct); shifter __complete $words[2..] 2> /dev/null)'
        complete -c shifter -s f -l file -r -F
        """;

    private const string PowerShell = """
        # shifter in PowerShell. Put into $PROFILE:  shifter completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName shifter -ScriptBlock {
          param($word, $line, $position)
          $words = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
          if ($word -eq '') { $words += '' }
          shifter __complete @words 2> $null | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
        }
        """;

    public static Command Create(Shell shell)
    {
        var kind = new Argument<string>("shell") { HelpName = "SHELL", Description = "bash, zsh, fish or pwsh" };
        kind.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        return new Verb("completion", "Print the script that completes commands, names of applications, nodes, plans and contexts", "shifter completion bash", "shifter completion zsh") { kind }.Does(shell, run =>
        {
            run.Terminal.Out.WriteLine(run.Get(kind) switch { "bash" => Bash, "zsh" => Zsh, "fish" => Fish, _ => PowerShell });
            return ExitCode.Done;
        });
    }
}
