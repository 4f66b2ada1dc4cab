using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace CrossPT.Runner.Tests.Experiments.Sweeps;

/// <summary>
/// A cluster of one machine with two slots, in a folder of its own: munge, slurmctld, slurmd. Gone with the test.
/// </summary>
internal sealed class SlurmCluster : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slurm-");
    private readonly List<Process> _daemons = [];

    public SlurmCluster(int maxArraySize)
    {
        string root = _folder.FullName, host = Environment.MachineName, user = Environment.UserName;
        foreach (string part in (string[])["munge", "state", "spool"])
            Directory.CreateDirectory(Path.Combine(root, part));
        // munge wants its socket where anybody may look, and its key where nobody else may.
        SetMode(root, (UnixFileMode)0b111_101_101);
        SetMode(Path.Combine(root, "munge"), (UnixFileMode)0b111_101_101);
        string key = Path.Combine(root, "munge.key");
        string socket = Path.Combine(root, "munge", "socket");
        string munge = Path.Combine(root, "munge");
        File.WriteAllBytes(key, RandomNumberGenerator.GetBytes(64));
        SetMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Start(
            "munged", "--foreground", "--force", $"--key-file={key}", $"--socket={socket}", $"--pid-file={munge}/pid",
            $"--seed-file={munge}/seed", $"--log-file={munge}/log", "--num-threads=2");
        Wait(() => File.Exists(socket), "munged");
        File.WriteAllText(Configuration, $"""
            ClusterName=crosspt
            SlurmctldHost={host}(127.0.0.1)
            SlurmctldPort={FreePort()}
            SlurmdPort={FreePort()}
            AuthType=auth/munge
            AuthInfo=socket={socket}
            CredType=cred/munge
            SlurmUser={user}
            SlurmdUser={user}
            StateSaveLocation={root}/state
            SlurmdSpoolDir={root}/spool
            SlurmctldPidFile={root}/slurmctld.pid
            SlurmdPidFile={root}/slurmd.pid
            SlurmctldLogFile={root}/slurmctld.log
            SlurmdLogFile={root}/slurmd.log
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            JobAcctGatherType=jobacct_gather/none
            AccountingStorageType=accounting_storage/none
            SlurmdParameters=config_overrides
            ReturnToService=2
            MpiDefault=none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_Core
            MaxArraySize={maxArraySize.ToString(CultureInfo.InvariantCulture)}
            KillWait=30
            SchedulerParameters=batch_sched_delay=0,sched_interval=2
            NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
            PartitionName=test Nodes={host} Default=YES MaxTime=INFINITE State=UP

            """);
        Start("slurmctld", "-D", "-c", "-f", Configuration);
        Start("slurmd", "-D", "-f", Configuration);
        Wait(
            () => Ask("sinfo", "--noheader", "--format=%T").StartsWith("idle", StringComparison.Ordinal),
            "slurmctld and slurmd");
    }

    /// <summary>What has to be installed.</summary>
    public static string[] Programs { get; } =
    [
        "munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "sinfo", "scancel",
    ];

    /// <summary><c>slurm.conf</c>, which programs find by <c>SLURM_CONF</c>.</summary>
    public string Configuration => Path.Combine(_folder.FullName, "slurm.conf");

    /// <summary>The path of a program; null where it is not installed.</summary>
    public static string? Find(string program) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin".Split(':')
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>Runs <c>crosspt</c> on the cluster.</summary>
    public Process Crosspt(params string[] args)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string arg in (string[])[typeof(Program).Assembly.Location, .. args]) start.ArgumentList.Add(arg);
        start.Environment["SLURM_CONF"] = Configuration;
        return Process.Start(start)!;
    }

    /// <summary>What one of Slurm's programs answers.</summary>
    public string Ask(string program, params string[] args)
    {
        using Process process = Begin(program, args);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    public void Dispose()
    {
        Ask("scancel", $"--user={Environment.UserName}");
        Wait(() => Ask("squeue", "--noheader").Length == 0, "the queue to empty");
        _daemons.Reverse();
        foreach (Process daemon in _daemons)
        {
            daemon.Kill(entireProcessTree: true);
            daemon.WaitForExit();
            daemon.Dispose();
        }
        _folder.Delete(recursive: true);
    }

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Start(string program, params string[] args)
    {
        Process process = Begin(program, args);
        // Read, or a daemon that says much would wait for ever.
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _daemons.Add(process);
    }

    private Process Begin(string program, string[] args)
    {
        ProcessStartInfo start = new(Find(program)!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string arg in args) start.ArgumentList.Add(arg);
        start.Environment["SLURM_CONF"] = Configuration;
        return Process.Start(start)!;
    }

    private void Wait(Func<bool> isReady, string what)
    {
        for (int i = 0; i < 300; i++)
        {
            if (isReady()) return;
            Thread.Sleep(100);
        }
        StringBuilder logs = new();
        foreach (string log in Directory.GetFiles(_folder.FullName, "*.log")) logs.AppendLine(File.ReadAllText(log));
        throw new InvalidOperationException($"{what}: not ready within 30 s\n{logs}");
    }
}
