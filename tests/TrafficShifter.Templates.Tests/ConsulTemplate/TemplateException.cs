namespace TrafficShifter.Templates.Tests.ConsulTemplate;

/// <summary>What ends consul-template, or what this reader of its language does not know.</summary>
internal sealed class TemplateException(string message) : Exception(message);
