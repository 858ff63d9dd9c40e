using System.ComponentModel.DataAnnotations;

namespace TrafficShifter.Server.Hosting;

/// <summary>What this process is. Read from the root of the configuration.</summary>
public sealed record ServerOptions
{
    /// <summary>Comma-separated roles out of <c>api</c>, <c>controller</c>, <c>agent</c>. Default: all, one process is the whole system.</summary>
    public string Roles { get; init; } = "api,controller,agent";

    /// <summary>Where the process keeps what must survive it: the admin token, the agents' last desired state, the embedded store.</summary>
    [Required]
    public string DataDirectory { get; init; } = "data";

    /// <summary>Name of this process in leadership and logs. Default: host name and process id.</summary>
    public string? Instance { get; init; }

    /// <summary>Bearer token that opens the metrics, and the list of where they are, and nothing else: for scrapers. At least 32 characters; none: an API token is needed, which an agent in a process of its own does not know.</summary>
    [StringLength(200, MinimumLength = 32, ErrorMessage = "32 to 200 characters, for example the output of `openssl rand -hex 32`")]
    [RegularExpression("[A-Za-z0-9._~+/=-]*", ErrorMessage = "only letters, digits and . _ ~ + / = - can be sent as a bearer token, for example the output of `openssl rand -hex 32`")]
    public string? MetricsToken { get; init; }

    /// <summary>What the installation is called by the dashboard and the command line: <c>PROD</c>. Default: it has no name.</summary>
    [MaxLength(40)]
    public string? Installation { get; init; }

    /// <exception cref="ConfigurationException">An unknown role, or none.</exception>
    public RoleSet ParseRoles()
    {
        var roles = RoleSet.None;
        foreach (var word in Roles.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!char.IsAsciiLetter(word[0]) || !Enum.TryParse<RoleSet>(word, ignoreCase: true, out var role) || role == RoleSet.None)
                throw new ConfigurationException($"Roles: \"{word}\" is not a role; there are api, controller and agent");
            roles |= role;
        }
        return roles == RoleSet.None ? throw new ConfigurationException("Roles: at least one of api, controller and agent") : roles;
    }
}

[Flags]
public enum RoleSet
{
    None = 0,
    Api = 1,
    Controller = 2,
    Agent = 4,
}

/// <summary>The configuration cannot be used: the server does not start. The message names the setting and the remedy.</summary>
public sealed class ConfigurationException(string message) : Exception(message);
