# Every image of docker-compose.yml that is built here: one target each. `server` is TrafficShifter in all its roles.
ARG DOTNET_VERSION=10.0
ARG HAPROXY_VERSION=3.0
ARG CONSUL_VERSION=1.20.2

FROM mcr.microsoft.com/dotnet/sdk:${DOTNET_VERSION} AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY src src
# The server gives out the map rules as its own answer to GET /apps/{app}/haproxy.
COPY haproxy/snippets haproxy/snippets
RUN dotnet publish src/TrafficShifter.Server/TrafficShifter.Server.csproj -c Release -o /out/server
RUN dotnet publish src/TrafficShifter.Demo/TrafficShifter.Demo.csproj -c Release -o /out/demo

# What it is (Roles), where its peers are and every other setting come from the environment: README.md has the list.
FROM mcr.microsoft.com/dotnet/aspnet:${DOTNET_VERSION} AS server
COPY --chmod=755 deploy/compose/ready /usr/local/bin/ready
COPY --from=build /out/server /app
# Volumes take the owner of the folder that they are mounted on.
RUN install -d -o "$APP_UID" -g "$APP_UID" -m 700 /var/lib/traffic-shifter
ENV DataDirectory=/var/lib/traffic-shifter Urls=http://*:8081 ASPNETCORE_HTTP_PORTS=
WORKDIR /app
USER $APP_UID
EXPOSE 8081
HEALTHCHECK --interval=2s --timeout=2s --retries=30 CMD ["ready", "8081", "/readyz"]
ENTRYPOINT ["dotnet", "/app/TrafficShifter.Server.dll"]

# The demo application in two colours.
FROM mcr.microsoft.com/dotnet/aspnet:${DOTNET_VERSION} AS demo
COPY --chmod=755 deploy/compose/ready /usr/local/bin/ready
COPY --from=build /out/demo /app
WORKDIR /app
USER $APP_UID
ENTRYPOINT ["dotnet", "/app/TrafficShifter.Demo.dll", "upstream"]

# HAProxy as it comes, with two folders that it shares with its agent: the socket's, and the map files'. The agent is in HAProxy's group (99), so
# both may write there. HAProxy does not start without the map files that its configuration names; empty ones will do.
FROM haproxy:${HAPROXY_VERSION} AS haproxy
USER root
COPY --chmod=755 deploy/compose/ready /usr/local/bin/ready
RUN install -d -o haproxy -g haproxy -m 2770 /run/haproxy /var/lib/haproxy/maps \
 && touch /var/lib/haproxy/maps/hosts.map /var/lib/haproxy/maps/apps.map /var/lib/haproxy/maps/users.map /var/lib/haproxy/maps/groups.map /var/lib/haproxy/maps/networks.map
USER haproxy
HEALTHCHECK --interval=2s --timeout=2s --retries=30 CMD ["ready", "8405", "/metrics"]

FROM hashicorp/consul:${CONSUL_VERSION} AS consul
