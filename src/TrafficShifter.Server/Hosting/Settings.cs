using System.ComponentModel.DataAnnotations;

namespace TrafficShifter.Server.Hosting;

/// <summary>Reads and checks the sections of the configuration. The first load fails loudly.</summary>
public static class Settings
{
    /// <exception cref="ConfigurationException">A value is missing, cannot be read or is out of its range; the message names the setting.</exception>
    public static T Read<T>(IConfiguration configuration, string section)
        where T : class
    {
        try
        {
            var part = section.Length == 0 ? configuration : configuration.GetSection(section);
            var value = part.Get<T>() ?? Activator.CreateInstance<T>();
            Check(value, section);
            return value;
        }
        catch (InvalidOperationException unreadable)
        {
            throw new ConfigurationException($"{(section.Length == 0 ? "settings" : section)}: {unreadable.InnerException?.Message ?? unreadable.Message}");
        }
    }

    /// <exception cref="ConfigurationException">A value is out of its range; the message names the setting.</exception>
    public static void Check(object value, string section)
    {
        var problems = new List<ValidationResult>();
        if (Validator.TryValidateObject(value, new ValidationContext(value), problems, validateAllProperties: true)) return;
        throw new ConfigurationException(string.Join("; ", problems.Select(p => $"{string.Join(", ", p.MemberNames.Select(m => section.Length == 0 ? m : $"{section}:{m}"))}: {p.ErrorMessage}")));
    }

    /// <exception cref="ConfigurationException">Not an absolute http or https URL; the message names the setting.</exception>
    public static void CheckUrl(Uri? address, string setting)
    {
        if (address is { IsAbsoluteUri: true } && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)) return;
        throw new ConfigurationException($"{setting}: \"{address}\" is not a URL like http://127.0.0.1:8500");
    }
}
